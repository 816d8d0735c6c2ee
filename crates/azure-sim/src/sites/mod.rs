//! App Service behind ARM: one family of operations a file. It knows nothing of databases and
//! releases, and learns from the world which build and database an app has.

mod stamp;
mod address;
mod body;
mod get;
mod swap_pair;
mod preview;
mod power;
mod app_settings;
mod connection_strings;
mod slot_config_names;
mod config_web;
mod slots;
mod swap;
mod route;

pub use route::answer;

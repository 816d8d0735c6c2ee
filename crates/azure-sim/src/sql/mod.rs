//! SQL behind ARM: one family of operations a file. It knows nothing of apps and releases.

mod address;
mod lro;
mod server;
mod get;
mod dropped;
mod copy;
mod update;
mod rename;
mod firewall;
mod transfer;
mod delete;
mod operations;
mod poll;
mod route;

pub use address::server_id;
pub use route::answer;

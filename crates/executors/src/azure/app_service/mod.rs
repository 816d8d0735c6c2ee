//! App Service: sites and slots.

pub mod binding;
pub mod site;
pub mod power;
pub mod start;
pub mod stop;
pub mod connection_string;
pub mod whole_set;
pub mod set_connection_string;
pub mod set_app_settings;
pub mod family;

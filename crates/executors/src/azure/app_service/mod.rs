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
pub mod restart;
pub mod sticky;
pub mod traffic;
pub mod set_traffic;
pub mod create_slot;
pub mod delete_slot;
pub mod swap_state;
pub mod swap_shapes;
pub mod swap_slots;
pub mod get_status;
pub mod package;
pub mod kudu;
pub mod deploy_shapes;
pub mod deploy_zip;
pub mod family;

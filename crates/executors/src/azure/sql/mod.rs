//! SQL databases.

pub mod binding;
pub mod database;
pub mod made;
pub mod copy_shapes;
pub mod copy_database;
mod undo_copy;
pub mod delete_database;
pub mod server;
pub mod firewall;
pub mod firewall_rule;
pub mod access_shapes;
pub mod set_azure_access;
pub mod rename_database;
pub mod set_service_objective;
pub mod get_database;
pub mod transfer;
pub mod export_shapes;
pub mod export_bacpac;
pub mod family;

//! SQL databases.

pub mod binding;
pub mod database;
pub mod made;
pub mod copy_shapes;
pub mod maker;
pub mod undo_made;
pub mod copy_database;
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
pub mod dropped;
pub mod restore_shapes;
pub mod restore_database;
mod restore_import;
pub mod family;

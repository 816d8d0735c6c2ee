//! PostgreSQL databases of one server, by its own protocol; dumps by its own programs.

pub mod settings;
pub mod binding;
pub mod client;
pub mod account;
pub mod catalog_rows;
pub mod made;
pub mod programs;
pub mod create_database_copy;
pub mod restore;
pub mod dump;
pub mod rename_database;
pub mod drop_database;
pub mod set_allow_connections;
pub mod terminate_connections;
pub mod run_sql;
pub mod query;
pub mod family;

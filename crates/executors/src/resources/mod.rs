//! The observers of the world model's resource types.

pub mod declared;
pub mod told;
pub mod app_service;
pub mod sql_database;
pub mod git_repository;
pub mod sql_server;
pub mod postgres_database;
pub mod storage_blob;
pub mod service;
pub mod blob;

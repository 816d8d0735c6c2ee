//! Azure through its Resource Manager: one folder for each service, one file for each action.

pub mod credential;
pub mod tokens;
pub mod settings;
pub mod files_account;
pub mod arm;
pub mod long_running;
pub mod bound;
pub mod activity_log;
pub mod storage;
pub mod app_service;
pub mod sql;

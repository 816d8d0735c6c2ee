//! Azure DevOps: builds and classic releases.

pub mod settings;
pub mod client;
pub mod build;
pub mod release;
pub mod deployment;
pub mod find_latest;
pub mod create_release;
pub mod deploy_shapes;
pub mod deploy;
mod undo_deploy;
pub mod family;

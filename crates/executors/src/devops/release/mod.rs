//! Classic releases and their stages.

pub mod releases;
pub mod deployments;
pub mod create;
pub mod deploy_shapes;
pub mod deploy;
mod undo_deploy;
pub mod family;

pub use deployments::{Deployment, current};
pub use releases::{Definition, Release};

//! Classic releases and their stages.

pub mod tasks;
pub mod releases;
pub mod deployments;
pub mod standing;
pub mod abandon;
pub mod create;
pub mod approvals;
pub mod approve;
pub mod edit_shapes;
pub mod edit;
pub mod triggers;
pub mod current;
pub mod deploy_shapes;
pub mod deploy;
mod undo_deploy;
pub mod family;

pub use current::on_stage;
pub use deployments::{Deployment, current};
pub use releases::{Definition, Release};

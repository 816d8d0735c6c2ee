//! Release definitions, releases, their stages and what was deployed where.

pub mod definitions;
pub mod body;
pub mod releases;
pub mod attempt;
pub mod approvals;
pub mod create;
pub mod edit;
pub mod deploy;
pub mod deployments;

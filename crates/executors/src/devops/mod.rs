//! Azure DevOps: git, builds, classic releases, pull requests, pipelines.

pub mod settings;
pub mod client;
pub mod refusal;
pub mod definition_ref;
pub mod account;
pub mod signature;
pub mod approving;
pub mod git;
pub mod build;
pub mod release;
pub mod pull_request;
pub mod pipeline;
pub mod diff_shapes;
pub mod diff;
pub mod family;

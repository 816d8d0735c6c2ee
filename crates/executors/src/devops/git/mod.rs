//! Git repositories of Azure DevOps, without a clone.

pub mod refs;
pub mod history;
pub mod merge_shapes;
pub mod merge;
pub mod create_branch;
pub mod contains;
pub mod family;

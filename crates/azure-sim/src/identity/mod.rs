//! Who may come in, and how one gets a token. It knows nothing of resources.

mod access;
mod endpoints;

pub use access::{Caller, arm_caller, devops_caller, storage_caller};
pub use endpoints::{imds, token};

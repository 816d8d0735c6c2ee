//! Git repositories: branches, commits, merges, differences, pull requests.

pub mod shapes;
pub mod refs;
pub mod merges;
pub mod commits;
pub mod differences;
mod pull_request_body;
pub mod pull_requests;

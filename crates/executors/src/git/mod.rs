//! Git, by its command line: users' keys, helpers and large files work as they do by hand.

pub mod binding;
pub mod repository;
pub mod worktree;
pub mod clone_or_update;
pub mod create_branch;
pub mod merge;
pub mod tag;
pub mod push;
pub mod assert_ancestor;
pub mod changed_paths;
pub mod family;

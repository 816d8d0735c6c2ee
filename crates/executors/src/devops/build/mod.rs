//! Builds and build definitions.

pub mod builds;
pub mod find_latest;
pub mod family;

pub use builds::{Build, Wanted, short_branch};

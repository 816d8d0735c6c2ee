//! Builds and build definitions.

pub mod builds;
pub mod find_latest;
pub mod definition;
pub mod version;
pub mod variable_shapes;
pub mod set_variables;
pub mod tag;
pub mod queue_shapes;
pub mod queue;
pub mod wait;
pub mod family;

pub use builds::{Build, Wanted, short_branch};

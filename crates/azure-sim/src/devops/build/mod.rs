//! Builds and build definitions.

pub mod definitions;
pub mod edit;
pub mod builds;
pub mod queue;
pub mod tags;

//! Workflows from seeds: graphs, work and policies as files would have them.

pub mod expressions;
pub mod graph;
pub mod policies;
pub mod workflows;

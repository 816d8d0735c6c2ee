//! YAML pipelines: their runs and the approvals of runs.

pub mod runs;
pub mod run_shapes;
pub mod run;
pub mod approve;
pub mod family;

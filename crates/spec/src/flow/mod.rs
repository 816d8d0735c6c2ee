//! From files to a workflow that can run: read, check, resolve.

pub mod files;
pub mod lenient;
pub mod partial;
pub mod clear_secrets;
pub mod compile;
pub mod input_holes;
pub mod builtins;
pub mod local_time;
pub mod invariants;
pub mod environment;
pub mod inputs;
pub mod order;
pub mod context;
pub mod policies;
pub mod work;
pub mod steps;
pub mod check;
pub mod expand;
pub mod inputs_file;
pub mod resolve;

pub use check::{CheckedWorkflow, Report, check_workflow};
pub use files::{DiskFiles, EnvRef, Files, ReadError};
pub use inputs::DeclaredInput;
pub use resolve::resolve;

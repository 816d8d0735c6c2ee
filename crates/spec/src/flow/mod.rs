//! From files to a workflow that can run: read, check, resolve.

pub mod files;
pub mod lenient;
pub mod clear_secrets;
pub mod compile;
pub mod builtins;
pub mod local_time;
pub mod invariants;
pub mod partial;
pub mod environment;
pub mod find;
pub mod inputs;
pub mod bindings;
pub mod order;
pub mod checked;
pub mod context;
pub mod input_holes;
pub mod moments;
pub mod gates;
pub mod policies;
pub mod call;
pub mod waits;
pub mod work;
pub mod steps;
pub mod tree;
pub mod check;
pub mod rewrite;
pub mod bounds;
pub mod expand;
pub mod flatten;
pub mod inputs_file;
pub mod resolve;

pub use check::{Report, check_workflow};
pub use checked::CheckedWorkflow;
pub use files::{DiskFiles, EnvRef, Files, ReadError};
pub use inputs::DeclaredInput;
pub use resolve::resolve;

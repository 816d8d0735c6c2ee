//! Trees against JSON Schemas: the keys of the files and the inputs of actions are checked by the
//! same code.

pub mod words;
pub mod schema;
pub mod check;

pub use check::{Checker, Holes, NoHoles};
pub use schema::{deref, environment_schema, workflow_schema};

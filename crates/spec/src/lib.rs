//! Files into the model: YAML and expressions, checked before anything starts, with every error in
//! its place.
//!
//! It must not know executors, stores, the network or a terminal: what actions exist arrives as a
//! catalog, files through a small trait, and findings leave as data.
//! Modules are listed bottom first; a module uses only what stands above it.

pub mod source;
pub mod diagnostic;
pub mod render;
pub mod nearest;
pub mod yaml;
pub mod keys;
pub mod shape;
pub mod cel;
pub mod flow;
pub mod reference;
pub mod limits;

pub use diagnostic::{Diagnostic, Severity};
pub use flow::{
    CheckedWorkflow, DeclaredInput, DiskFiles, EnvRef, Files, KnownInput, ReadError, Report,
    check_workflow, resolve, resolve_open,
};
pub use keys::environment::BeforeFile;
pub use render::{render_fancy, render_json, render_plain};

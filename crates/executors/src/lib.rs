//! What steps do to the outside: Azure, Azure DevOps, HTTP checks, shell scripts, and what teams
//! without a cloud use: git, PostgreSQL, services, files, archives, blobs.
//!
//! Each action is one file that knows how to capture, execute, poll, probe, verify and compensate.
//! It must not know
//! the engine, any store or any workflow file; what it knows of a run comes through the ports. No
//! secret reaches a
//! message, an output or a log.
//! Modules are listed bottom first; a module uses only what stands above it.

pub mod schema;
pub mod secret_ref;
pub mod redact;
pub mod http;
pub mod change;
pub mod file;
pub mod azure;
pub mod devops;
pub mod child;
pub mod git;
pub mod postgres;
pub mod service;
pub mod archive;
pub mod blob;
pub mod notify;
pub mod resources;
pub mod health;
pub mod http_request;
pub mod shell;
pub mod plugin;
pub mod catalog;
pub mod registry;

pub use catalog::catalog;
pub use http::HttpClient;
pub use registry::{ComposeError, Deps, registry};
pub use resources::told::words;

//! What the tests stand on.

#[path = "../../against/support/context.rs"]
pub mod context;
pub mod bench;
pub mod databases;
pub mod repositories;
pub mod server;
pub mod services;
pub mod folder;

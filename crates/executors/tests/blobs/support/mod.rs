//! What the tests stand on.

#[path = "../../against/support/context.rs"]
pub mod context;
#[path = "../../local/support/bench.rs"]
pub mod bench;
#[path = "../../local/support/folder.rs"]
pub mod folder;
pub mod server;
pub mod signature;
pub mod stores;
pub mod road;

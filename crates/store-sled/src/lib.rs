//! The embedded store: the port `Store` over sled 0.34.7, and the same port served to other
//! processes.
//!
//! It must not know what an event means, what time it is, or who drives a run: bytes in, the same
//! bytes out, and `Ok` means durable. Why each line is as it is: sled is fast and crash safe, but
//! neither durable by its own flush nor honest about damage, so both are done here. Modules are
//! listed bottom first; a module uses only what stands above it.

pub mod open_error;
mod layout;
mod frame;
mod format_file;
mod mark;
mod mark_keeper;
mod lock_file;
mod objects;
pub mod room;
mod table;
mod redo;
mod trees;
mod rows;
mod books;
mod safe_open;
mod reading;
mod load;
mod sweep;
mod change;
mod group;
mod group_locks;
mod group_removal;
mod published;
mod committer;
pub mod sled_store;
mod port;
pub mod share;

pub use open_error::OpenError;
pub use share::{Holder, SharedStore};
pub use sled_store::SledStore;

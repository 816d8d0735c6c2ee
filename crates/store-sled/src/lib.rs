//! The embedded store: the port `Store` over a journal and an index in sled 0.34.7, and the same
//! port served to other processes.
//!
//! It must not know what an event means, what time it is, or who drives a run: bytes in, the same
//! bytes out, and `Ok` means durable. What is durable is in the journal; sled, which is neither
//! durable by its own flush nor honest about damage, holds the same rows for finding them, and is
//! made anew from the journal where it does not agree. Modules are listed bottom first; a module
//! uses only what stands above it.

pub mod open_error;
mod index_error;
mod commit_error;
mod denied;
mod layout;
mod record;
mod suspect;
mod format_file;
mod height;
mod lock_file;
mod objects;
pub mod room;
mod table;
mod payload;
mod trees;
mod batch;
mod fresh;
mod index;
mod rows;
mod books;
mod safe_open;
mod reading;
mod load;
mod log;
mod upgrade;
mod opening;
mod salvaged;
pub mod repair;
mod sweep;
mod change;
mod group;
mod group_signals;
mod group_leases;
mod group_runs;
mod group_locks;
mod group_removal;
mod published;
mod compaction;
mod committer;
pub mod settings;
mod indexer;
pub mod check;
pub mod sled_store;
mod port;
pub mod share;

pub use open_error::OpenError;
pub use settings::Settings;
pub use share::{Holder, SharedStore};
pub use sled_store::SledStore;

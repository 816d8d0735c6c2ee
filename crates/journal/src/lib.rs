//! A journal: groups of bytes in, durable and numbered, one write and one sync each; and all of
//! them out again in order, whatever moment the machine stopped at.
//!
//! It must not know what is in a group, nor who indexes it. Its core asks no clock and starts no
//! thread, so that a simulated disk plays it step by step; [`ahead`] is the thin shell with the
//! thread that makes segments before they are needed. docs/journal.md has the bytes. Modules are
//! listed bottom first; a module uses only what stands above it.

pub mod error;
pub mod disk;
pub mod real_disk;
pub mod frame;
pub mod segment;
mod scan;
mod known;
mod chain;
mod recover;
pub mod walk;
pub mod check;
pub mod salvage;
pub mod supply;
pub mod ahead;
pub mod journal;
mod reading;

pub use ahead::Ahead;
pub use check::{Checked, check};
pub use disk::{Disk, DiskFile};
pub use error::JournalError;
pub use journal::{Journal, Sizes};
pub use real_disk::RealDisk;
pub use salvage::{Lost, Salvage};
pub use supply::{Inline, Order, Supplier};
pub use walk::Walk;

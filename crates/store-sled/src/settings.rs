//! What a store is opened with. The defaults are for everybody; tests take others to reach at once
//! what takes hours of work.

use crate::compaction::JOURNAL_BYTES_FLOOR;
use crate::room::FREE_BYTES_FLOOR;

/// What a store is opened with.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Free space, in bytes, below which it takes no new runs.
    pub free_bytes_floor: u64,
    /// What the journal may hold before its room is given back, in bytes, however little lives.
    pub journal_bytes_floor: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { free_bytes_floor: FREE_BYTES_FLOOR, journal_bytes_floor: JOURNAL_BYTES_FLOOR }
    }
}

//! The tables of the store and a row to be written into one. Pure; it must not know how they are
//! written.

use sled::IVec;

/// A tree. The number is its place in the list, and the tag by which checksums tell trees apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Table {
    /// The height, under one key.
    Meta = 0,
    /// What never changes of a run: run id -> JSON.
    Runs = 1,
    /// What changes of a run: run id -> where it stands and its lease.
    Heads = 2,
    /// Run id and number -> framed record.
    Events = 3,
    /// Run id and signal id -> place in the order and framed record; empty once consumed.
    Signals = 4,
    /// Run id -> number and framed record.
    Checkpoints = 5,
    /// Digest -> framed record.
    Workflows = 6,
    /// Name and place in the queue -> run id.
    Locks = 7,
    /// Parts of records: tag, key and number -> bytes.
    Chunks = 8,
    /// Runs that are removed, for as long as there are rows of their histories: run id -> nothing.
    Removed = 9,
}

/// All of them, each at the place of its number.
const TABLES: [Table; 10] = [
    Table::Meta,
    Table::Runs,
    Table::Heads,
    Table::Events,
    Table::Signals,
    Table::Checkpoints,
    Table::Workflows,
    Table::Locks,
    Table::Chunks,
    Table::Removed,
];

impl Table {
    /// The table of a number.
    pub fn of(number: u8) -> Option<Self> {
        TABLES.get(usize::from(number)).copied()
    }

    /// Whether its rows count in the tally. Events and chunks do not: there are too many to read at
    /// each open; they carry checksums, and a run's number tells when one is missing.
    pub fn is_tallied(self) -> bool {
        !matches!(self, Self::Meta | Self::Events | Self::Chunks)
    }
}

/// A row to be written, or deleted where there is no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// Where.
    pub table: Table,
    /// Its key.
    pub key: IVec,
    /// Its value.
    pub value: Option<IVec>,
}

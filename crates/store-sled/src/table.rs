//! The tables of the store, and rows of many of them. Pure; it must not know how they are written.

use sled::IVec;
use std::collections::BTreeMap;
use std::ops::Bound::Included;
use std::ops::RangeInclusive;

/// A table. The number is its place in the list, and the tag by which checksums tell tables apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Table {
    /// What the index says of itself. Never in the journal.
    Meta = 0,
    /// What never changes of a run: run id -> JSON.
    Runs = 1,
    /// What changes of a run: run id -> where it stands and its lease.
    Heads = 2,
    /// Run id and number -> packed record.
    Events = 3,
    /// Run id and signal id -> place in the order and packed record; empty once consumed.
    Signals = 4,
    /// Run id -> number and packed record.
    Checkpoints = 5,
    /// Digest -> packed record.
    Workflows = 6,
    /// Name and place in the queue -> run id.
    Locks = 7,
    /// Parts of records: tag, key and number -> bytes.
    Chunks = 8,
    /// Runs that are removed, for as long as there are rows of their histories: run id -> nothing.
    Removed = 9,
}

/// How many there are.
const COUNT: usize = 10;

/// All of them, each at the place of its number.
const TABLES: [Table; COUNT] = [
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

    /// All that hold rows of the journal.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLES.into_iter().filter(|table| *table != Self::Meta)
    }

    /// Whether its rows count in the tally. Events and chunks do not: there are too many to read at
    /// each open; they carry checksums, and a run's number tells when one is missing.
    pub fn is_tallied(self) -> bool {
        !matches!(self, Self::Meta | Self::Events | Self::Chunks)
    }
}

/// What is known of rows, each key of each table once.
#[derive(Clone, Debug)]
pub struct Rows<T> {
    tables: [BTreeMap<IVec, T>; COUNT],
}

/// New values; nothing where a row is deleted.
pub type Writes = Rows<Option<IVec>>;

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self { tables: Default::default() }
    }
}

impl<T> Rows<T> {
    /// One row.
    pub fn get(&self, table: Table, key: &[u8]) -> Option<&T> {
        self.tables[table as usize].get(key)
    }

    /// Puts a row in; gives what was known of it.
    pub fn insert(&mut self, table: Table, key: IVec, row: T) -> Option<T> {
        self.tables[table as usize].insert(key, row)
    }

    /// Rows of a table between two keys.
    pub fn range(
        &self,
        table: Table,
        keys: &RangeInclusive<[u8; 24]>,
    ) -> impl Iterator<Item = (&IVec, &T)> {
        let (start, end) = (&keys.start()[..], &keys.end()[..]);
        self.tables[table as usize].range::<[u8], _>((Included(start), Included(end)))
    }

    /// All rows, table by table, in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (Table, &IVec, &T)> {
        let tables = TABLES.into_iter().zip(&self.tables);
        tables.flat_map(|(table, rows)| rows.iter().map(move |(key, row)| (table, key, row)))
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.tables.iter().map(BTreeMap::len).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.tables.iter().all(BTreeMap::is_empty)
    }

    /// Forgets all rows.
    pub fn clear(&mut self) {
        self.tables.iter_mut().for_each(BTreeMap::clear);
    }
}

impl<T> IntoIterator for Rows<T> {
    type Item = (Table, IVec, T);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        let tables = TABLES.into_iter().zip(self.tables);
        let rows =
            tables.flat_map(|(table, rows)| rows.into_iter().map(move |(k, v)| (table, k, v)));
        rows.collect::<Vec<_>>().into_iter()
    }
}

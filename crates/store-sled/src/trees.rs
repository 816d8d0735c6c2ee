//! sled's trees: the index of what the journal holds. Each row carries the number of the frame that
//! wrote it. It must not know what a run is. Nothing here is a promise: what sled loses is written
//! again from the journal.

use crate::table::Table;
use sha2::{Digest, Sha256};
use sled::{IVec, Tree};

/// Their names in sled.
const NAMES: [&str; 10] = [
    "meta",
    "runs",
    "heads",
    "events",
    "signals",
    "checkpoints",
    "workflows",
    "locks",
    "chunks",
    "removed",
];

/// The frame up to which the index is complete, and a checksum.
const NOTE_KEY: &[u8] = b"indexed";

/// Bytes of a frame's number before each value.
const NUMBER_BYTES: usize = 8;

/// The open trees. Clones share them.
#[derive(Clone)]
pub struct Trees {
    db: sled::Db,
    trees: Vec<Tree>,
}

impl Trees {
    /// Opens, or makes, all trees.
    pub fn open(db: sled::Db) -> sled::Result<Self> {
        let trees = NAMES.iter().map(|name| db.open_tree(name)).collect::<sled::Result<_>>()?;
        Ok(Self { db, trees })
    }

    /// One tree as it lies in sled.
    pub fn raw(&self, table: Table) -> &Tree {
        &self.trees[table as usize]
    }

    /// A row, and the frame that wrote it.
    pub fn get(&self, table: Table, key: &[u8]) -> sled::Result<Option<(u64, IVec)>> {
        Ok(self.raw(table).get(key)?.and_then(split))
    }

    /// Writes or deletes a row in the name of a frame.
    pub fn put(
        &self,
        frame: u64,
        table: Table,
        key: &[u8],
        value: Option<&[u8]>,
    ) -> sled::Result<()> {
        match value {
            Some(value) => {
                let mut row = Vec::with_capacity(NUMBER_BYTES + value.len());
                row.extend_from_slice(&frame.to_be_bytes());
                row.extend_from_slice(value);
                self.raw(table).insert(key, row)?
            }
            None => self.raw(table).remove(key)?,
        };
        Ok(())
    }

    /// All rows of a table, in the order of their keys.
    pub fn all(&self, table: Table) -> impl Iterator<Item = sled::Result<(IVec, IVec)>> + use<> {
        self.raw(table).iter().map(|row| row.map(whole))
    }

    /// Rows of a table between two keys.
    pub fn range(
        &self,
        table: Table,
        keys: std::ops::RangeInclusive<[u8; 24]>,
    ) -> impl Iterator<Item = sled::Result<(IVec, IVec)>> + use<> {
        self.raw(table).range(keys).map(|row| row.map(whole))
    }

    /// Hands what was written to the kernel. Not durable without a sync of the file.
    pub fn flush(&self) -> sled::Result<()> {
        self.db.flush().map(|_| ())
    }

    /// The frame up to which all rows are there; nothing where that is not known.
    pub fn note(&self) -> sled::Result<Option<u64>> {
        let row = self.raw(Table::Meta).get(NOTE_KEY)?;
        Ok(row.and_then(|row| {
            let (number, sum) = row.split_first_chunk::<NUMBER_BYTES>()?;
            (sum == crc32fast::hash(number).to_be_bytes()).then_some(u64::from_be_bytes(*number))
        }))
    }

    /// Notes it. All rows must be durable before.
    pub fn set_note(&self, frame: u64) -> sled::Result<()> {
        let number = frame.to_be_bytes();
        let row = [&number[..], &crc32fast::hash(&number).to_be_bytes()].concat();
        self.raw(Table::Meta).insert(NOTE_KEY, row).map(|_| ())
    }

    /// Sums up the tallied rows as they are.
    pub fn tally(&self) -> sled::Result<u128> {
        let mut tally = 0_u128;
        for table in Table::all().filter(|table| table.is_tallied()) {
            for row in self.all(table) {
                let (key, value) = row?;
                tally = tally.wrapping_add(digest(table, &key, Some(&value)));
            }
        }
        Ok(tally)
    }
}

/// Splits the frame's number from a row; nothing where there is none, which no row of ours is.
fn split(row: IVec) -> Option<(u64, IVec)> {
    let number = row.first_chunk::<NUMBER_BYTES>()?;
    Some((u64::from_be_bytes(*number), row.subslice(NUMBER_BYTES, row.len() - NUMBER_BYTES)))
}

/// A row without its frame's number; one that has none is left as it is, and no checksum agrees.
fn whole((key, row): (IVec, IVec)) -> (IVec, IVec) {
    let value = split(row.clone()).map_or(row, |(_, value)| value);
    (key, value)
}

/// What a row adds to the tally.
pub fn digest(table: Table, key: &[u8], value: Option<&[u8]>) -> u128 {
    let Some(value) = value else { return 0 };
    let mut hash = Sha256::new();
    hash.update([table as u8]);
    hash.update((key.len() as u64).to_be_bytes());
    hash.update(key);
    hash.update(value);
    let digest = hash.finalize();
    digest[..16].iter().fold(0, |sum, byte| sum << 8 | u128::from(*byte))
}

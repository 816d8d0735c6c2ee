//! sled's trees: the index of what the journal holds. Each row carries the number of the frame that
//! wrote it. It must not know what a run is. Nothing here is a promise: what sled loses is written
//! again from the journal.

use crate::index_error::{IndexResult, ask};
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
    pub fn open(config: &sled::Config) -> IndexResult<Self> {
        ask(|| {
            let db = config.open()?;
            let trees = NAMES.iter().map(|name| db.open_tree(name)).collect::<sled::Result<_>>()?;
            Ok::<_, sled::Error>(Self { db, trees })
        })
    }

    /// One tree as it lies in sled.
    pub fn raw(&self, table: Table) -> &Tree {
        &self.trees[table as usize]
    }

    /// A row, and the frame that wrote it.
    pub fn get(&self, table: Table, key: &[u8]) -> IndexResult<Option<(u64, IVec)>> {
        Ok(ask(|| self.raw(table).get(key))?.and_then(split))
    }

    /// Writes or deletes a row in the name of a frame.
    pub fn put(
        &self,
        frame: u64,
        table: Table,
        key: &[u8],
        value: Option<&[u8]>,
    ) -> IndexResult<()> {
        ask(|| match value {
            Some(value) => {
                let mut row = Vec::with_capacity(NUMBER_BYTES + value.len());
                row.extend_from_slice(&frame.to_be_bytes());
                row.extend_from_slice(value);
                self.raw(table).insert(key, row)
            }
            None => self.raw(table).remove(key),
        })?;
        Ok(())
    }

    /// All rows of a table, in the order of their keys.
    pub fn all(&self, table: Table) -> impl Iterator<Item = IndexResult<(IVec, IVec)>> + use<> {
        rows(self.raw(table).iter()).map(|row| row.map(whole))
    }

    /// All rows of a table, with the frame that wrote each.
    pub fn all_written(
        &self,
        table: Table,
    ) -> impl Iterator<Item = IndexResult<(u64, IVec, IVec)>> + use<> {
        let written = |(key, row)| split(row).map(|(frame, value)| (frame, key, value));
        rows(self.raw(table).iter()).filter_map(move |row| row.map(written).transpose())
    }

    /// Rows of a table between two keys.
    pub fn range(
        &self,
        table: Table,
        keys: std::ops::RangeInclusive<[u8; 24]>,
    ) -> impl Iterator<Item = IndexResult<(IVec, IVec)>> + use<> {
        rows(self.raw(table).range(keys)).map(|row| row.map(whole))
    }

    /// Hands what was written to the kernel. Not durable without a sync of the file.
    pub fn flush(&self) -> IndexResult<()> {
        ask(|| self.db.flush()).map(|_| ())
    }

    /// The frame up to which all rows are there; nothing where that is not known.
    pub fn note(&self) -> IndexResult<Option<u64>> {
        let row = ask(|| self.raw(Table::Meta).get(NOTE_KEY))?;
        Ok(row.and_then(|row| {
            let (number, sum) = row.split_first_chunk::<NUMBER_BYTES>()?;
            (sum == crc32fast::hash(number).to_be_bytes()).then_some(u64::from_be_bytes(*number))
        }))
    }

    /// Notes it. All rows must be durable before.
    pub fn set_note(&self, frame: u64) -> IndexResult<()> {
        let number = frame.to_be_bytes();
        let row = [&number[..], &crc32fast::hash(&number).to_be_bytes()].concat();
        ask(|| self.raw(Table::Meta).insert(NOTE_KEY, row)).map(|_| ())
    }

    /// Sums up the tallied rows as they are.
    pub fn tally(&self) -> IndexResult<u128> {
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

/// The rows of sled's own iterator, whose panics are errors.
pub fn rows(mut rows: sled::Iter) -> impl Iterator<Item = IndexResult<(IVec, IVec)>> {
    std::iter::from_fn(move || ask(|| rows.next().transpose()).transpose())
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

//! sled's trees, the rows that go into them, and the one transaction by which they change together.
//! It must not know what a run is.

use crate::mark::Height;
use sha2::{Digest, Sha256};
use sled::transaction::{
    ConflictableTransactionError, TransactionalTree, UnabortableTransactionError,
};
use sled::{IVec, Transactional, Tree};

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
}

/// All of them, each at the place of its number.
const NAMES: [&str; 9] =
    ["meta", "runs", "heads", "events", "signals", "checkpoints", "workflows", "locks", "chunks"];

const HEIGHT_KEY: &[u8] = b"height";

impl Table {
    /// Whether its rows count in the tally. Events and chunks do not: there are too many to read at
    /// each open; they carry checksums, and a run's number tells when one is missing.
    pub fn is_tallied(self) -> bool {
        !matches!(self, Self::Meta | Self::Events | Self::Chunks)
    }
}

/// A row to be written, or deleted where there is no value.
#[derive(Clone, Debug)]
pub struct Write {
    /// Where.
    pub table: Table,
    /// Its key.
    pub key: IVec,
    /// Its value.
    pub value: Option<IVec>,
}

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

    /// One tree.
    pub fn get(&self, table: Table) -> &Tree {
        &self.trees[table as usize]
    }

    /// Hands what was written to the kernel. Not durable without a sync of the file.
    pub fn flush(&self) -> sled::Result<()> {
        self.db.flush().map(|_| ())
    }

    /// The height that the trees themselves claim.
    pub fn height(&self) -> sled::Result<Option<Height>> {
        let row = self.get(Table::Meta).get(HEIGHT_KEY)?;
        Ok(row.and_then(|row| Height::from_bytes(&row)))
    }

    /// Sums up the tallied rows as they are.
    pub fn tally(&self) -> sled::Result<u128> {
        let mut tally = 0_u128;
        for (table, tree) in TALLIED.into_iter().map(|table| (table, self.get(table))) {
            for row in tree {
                let (key, value) = row?;
                tally = tally.wrapping_add(digest(table, &key, &value));
            }
        }
        Ok(tally)
    }

    /// Writes rows in one transaction, all or none, together with the new height.
    pub fn write(&self, before: Height, changes: u64, writes: &[Write]) -> sled::Result<Height> {
        let outcome = self.trees.as_slice().transaction(|views: &Vec<TransactionalTree>| {
            let mut height = Height { count: before.count + changes, ..before };
            for write in writes {
                let delta = put(&views[write.table as usize], write)?;
                height.tally = height.tally.wrapping_add(delta);
            }
            views[Table::Meta as usize].insert(HEIGHT_KEY, &height.to_bytes()[..])?;
            Ok::<_, ConflictableTransactionError<sled::Error>>(height)
        });
        outcome.map_err(|error| match error {
            sled::transaction::TransactionError::Abort(error)
            | sled::transaction::TransactionError::Storage(error) => error,
        })
    }
}

const TALLIED: [Table; 6] =
    [Table::Runs, Table::Heads, Table::Signals, Table::Checkpoints, Table::Workflows, Table::Locks];

/// Writes one row; returns by how much the tally grows, wrapping.
fn put(view: &TransactionalTree, write: &Write) -> Result<u128, UnabortableTransactionError> {
    let old = match &write.value {
        Some(value) => view.insert(write.key.clone(), value.clone())?,
        None => view.remove(write.key.clone())?,
    };
    if !write.table.is_tallied() {
        return Ok(0);
    }
    let weigh =
        |value: Option<IVec>| value.map_or(0, |value| digest(write.table, &write.key, &value));
    Ok(weigh(write.value.clone()).wrapping_sub(weigh(old)))
}

fn digest(table: Table, key: &[u8], value: &[u8]) -> u128 {
    let mut hash = Sha256::new();
    hash.update([table as u8]);
    hash.update((key.len() as u64).to_be_bytes());
    hash.update(key);
    hash.update(value);
    let digest = hash.finalize();
    digest[..16].iter().fold(0, |sum, byte| sum << 8 | u128::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tally_follows_the_rows() {
        let folder = tempfile::tempdir().unwrap();
        let trees = Trees::open(sled::open(folder.path()).unwrap()).unwrap();
        assert!(NAMES.len() == 9 && TALLIED.iter().all(|table| table.is_tallied()));
        let write = |key: &str, value: Option<&str>| Write {
            table: Table::Heads,
            key: key.as_bytes().into(),
            value: value.map(|value| value.as_bytes().into()),
        };
        let mut height = Height::default();
        let groups = [
            vec![write("a", Some("1")), write("b", Some("1"))],
            vec![write("a", Some("2")), write("a", Some("3")), write("b", None)],
            vec![write("c", Some("1")), write("c", None), write("d", None)],
        ];
        for group in groups {
            height = trees.write(height, 1, &group).unwrap();
            assert_eq!(trees.tally().unwrap(), height.tally);
            assert_eq!(trees.height().unwrap(), Some(height));
        }
        assert_eq!(height.count, 3);
        trees.write(height, 1, &[write("a", None)]).unwrap();
        assert_eq!(trees.tally().unwrap(), 0);
    }
}

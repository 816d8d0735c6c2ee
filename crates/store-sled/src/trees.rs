//! sled's trees, the rows that go into them, and the two ways by which they change together: a
//! small group in order behind the row that can redo it, a large one in a transaction. It must not
//! know what a run is.
//!
//! A transaction of sled begins with a buffer of its own for a manifest of 24 bytes: two writes,
//! two syncs and two wake-ups of sled's threads for each group. Rows written one after the other
//! share a buffer, and after a crash sled has a prefix of them. So the first row of a small group
//! is the new height together with all of the group's rows: where it is there and others are not,
//! they are written again at open.

use crate::mark::Height;
use crate::redo;
use crate::table::{Table, Write};
use sha2::{Digest, Sha256};
use sled::transaction::{
    ConflictableTransactionError, TransactionalTree, UnabortableTransactionError,
};
use sled::{IVec, Transactional, Tree};

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

const HEIGHT_KEY: &[u8] = b"height";

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
        Ok(row.and_then(|row| Some(split_height(&row)?.0)))
    }

    /// Completes the last group where a crash cut it short; returns whether there was anything to
    /// do. Nothing else may have been written since the trees were opened.
    pub fn redo(&self) -> sled::Result<bool> {
        let row = self.get(Table::Meta).get(HEIGHT_KEY)?;
        let rows = row.as_deref().and_then(split_height).and_then(|(_, rest)| redo::unpack(rest));
        let mut redone = false;
        for write in rows.unwrap_or_default() {
            let tree = self.get(write.table);
            if tree.get(&write.key)? != write.value {
                replace(tree, &write)?;
                redone = true;
            }
        }
        Ok(redone)
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

    /// Writes rows, all or none, together with the new height.
    pub fn write(&self, before: Height, changes: u64, writes: &[Write]) -> sled::Result<Height> {
        match redo::pack(writes) {
            Some(rows) => self.write_in_order(before, changes, &rows),
            None => self.write_at_once(before, changes, writes),
        }
    }

    /// Writes the row that can redo the group, and then the group.
    fn write_in_order(
        &self,
        before: Height,
        changes: u64,
        rows: &redo::Rows<'_>,
    ) -> sled::Result<Height> {
        let mut height = Height { count: before.count + changes, ..before };
        for write in rows.writes.iter().filter(|write| write.table.is_tallied()) {
            let old = self.get(write.table).get(&write.key)?;
            height.tally = height.tally.wrapping_add(growth(write, old));
        }
        let row = [&height.to_bytes()[..], &rows.packed].concat();
        self.get(Table::Meta).insert(HEIGHT_KEY, row)?;
        rows.writes.iter().try_for_each(|write| replace(self.get(write.table), write))?;
        Ok(height)
    }

    fn write_at_once(
        &self,
        before: Height,
        changes: u64,
        writes: &[Write],
    ) -> sled::Result<Height> {
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

const TALLIED: [Table; 7] = [
    Table::Runs,
    Table::Heads,
    Table::Signals,
    Table::Checkpoints,
    Table::Workflows,
    Table::Locks,
    Table::Removed,
];

/// Writes one row; returns by how much the tally grows, wrapping.
fn put(view: &TransactionalTree, write: &Write) -> Result<u128, UnabortableTransactionError> {
    let old = match &write.value {
        Some(value) => view.insert(write.key.clone(), value.clone())?,
        None => view.remove(write.key.clone())?,
    };
    Ok(if write.table.is_tallied() { growth(write, old) } else { 0 })
}

/// By how much a write makes the tally grow, wrapping.
fn growth(write: &Write, old: Option<IVec>) -> u128 {
    let weigh =
        |value: Option<IVec>| value.map_or(0, |value| digest(write.table, &write.key, &value));
    weigh(write.value.clone()).wrapping_sub(weigh(old))
}

/// Writes one row on its own.
fn replace(tree: &Tree, write: &Write) -> sled::Result<()> {
    match &write.value {
        Some(value) => tree.insert(&write.key, value.clone())?,
        None => tree.remove(&write.key)?,
    };
    Ok(())
}

/// Splits the row of the height: a large group's ends with it, a small one's goes on.
fn split_height(row: &[u8]) -> Option<(Height, &[u8])> {
    let (height, rest) = row.split_at_checked(Height::BYTES)?;
    Some((Height::from_bytes(height)?, rest))
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
        assert!(NAMES.len() == 10 && TALLIED.iter().all(|table| table.is_tallied()));
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
        let many: Vec<_> = (0..400).map(|n| write(&format!("many {n}"), Some("1"))).collect();
        assert!(redo::pack(&many).is_none(), "a large group goes the other way");
        height = trees.write(height, 400, &many).unwrap();
        assert_eq!((height.count, trees.tally().unwrap()), (403, height.tally));
        let none: Vec<_> = many.iter().map(|w| Write { value: None, ..w.clone() }).collect();
        height = trees.write(height, 400, &none).unwrap();
        height = trees.write(height, 1, &[write("a", None)]).unwrap();
        assert_eq!((height.tally, trees.tally().unwrap()), (0, 0));
        assert!((0..10).all(|n| Table::of(n).map(|table| table as u8) == Some(n)));
    }

    #[test]
    fn a_group_that_was_cut_short_is_completed() {
        let folder = tempfile::tempdir().unwrap();
        let trees = Trees::open(sled::open(folder.path()).unwrap()).unwrap();
        let write = |table, key: &str, value: Option<&str>| Write {
            table,
            key: key.as_bytes().into(),
            value: value.map(|value| value.as_bytes().into()),
        };
        let first = [write(Table::Heads, "run", Some("1")), write(Table::Locks, "lock", Some("x"))];
        let before = trees.write(Height::default(), 2, &first).unwrap();
        let second = [
            write(Table::Events, "run 1", Some("event")),
            write(Table::Heads, "run", Some("2")),
            write(Table::Locks, "lock", None),
        ];
        let after = trees.write(before, 2, &second).unwrap();
        assert!(!trees.redo().unwrap(), "a whole group needs nothing");
        // What a crash may leave: the first row and none, or some, of the others.
        for cut in 0..second.len() {
            trees.get(Table::Heads).insert("run", "1").unwrap();
            trees.get(Table::Locks).insert("lock", "x").unwrap();
            trees.get(Table::Events).remove("run 1").unwrap();
            second[..cut].iter().try_for_each(|w| replace(trees.get(w.table), w)).unwrap();
            assert_ne!(trees.tally().unwrap(), after.tally);
            assert!(trees.redo().unwrap());
            assert_eq!(trees.height().unwrap(), Some(after));
            assert_eq!(trees.tally().unwrap(), after.tally);
            assert!(trees.get(Table::Events).contains_key("run 1").unwrap());
        }
    }
}

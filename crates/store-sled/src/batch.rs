//! Rows on their way into sled: the last value of each, and the last frame that they come from. It
//! must not know who gathers them.

use crate::index_error::IndexResult;
use crate::table::{Rows, Table};
use crate::trees::Trees;
use sled::IVec;
use std::fs::File;

/// Memory that a batch takes, in bytes, about: enough that a run's head is written once for many
/// changes, and that syncs of the index are rare beside those of the journal.
pub const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// A row: the frame that wrote it and its value.
pub type Row = (u64, Option<IVec>);

/// Memory that a row takes beside the bytes of its key and of its value: its place in a node of a
/// tree, of which half the places are empty where rows come in order, and what the allocator needs
/// for two pieces.
const ROW_BYTES: usize = 2 * size_of::<(IVec, Row)>() + 2 * 32;

/// Rows with the last frame that they come from.
#[derive(Debug, Default)]
pub struct Batch {
    /// The rows.
    pub rows: Rows<Row>,
    /// The last frame.
    pub frame: u64,
    bytes: usize,
}

impl Batch {
    /// Adds a row of a frame. One that replaces another counts again, so that the index keeps pace
    /// with a journal that writes the same rows all the time.
    pub fn add(&mut self, frame: u64, table: Table, key: IVec, value: Option<IVec>) {
        self.bytes += ROW_BYTES + key.len() + value.as_ref().map_or(0, |value| value.len());
        self.rows.insert(table, key, (frame, value));
        self.frame = frame;
    }

    /// Memory that it takes at the most, in bytes, about.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether there is enough of it to be written.
    pub fn is_full(&self) -> bool {
        self.bytes > BATCH_BYTES
    }

    /// Writes the rows into sled, durably. `db` is our own descriptor of sled's file: sled's flush
    /// alone is not durable on Linux.
    pub fn write(&self, trees: &Trees, db: &File) -> IndexResult<()> {
        for (table, key, (frame, value)) in self.rows.iter() {
            trees.put(*frame, table, key, value.as_deref())?;
        }
        sync(trees, db)
    }
}

/// Makes what was written into sled durable.
pub fn sync(trees: &Trees, db: &File) -> IndexResult<()> {
    trees.flush()?;
    Ok(db.sync_data()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_weighs_its_nodes_too() {
        let mut batch = Batch::default();
        let key = |n: u64| IVec::from(&n.to_be_bytes());
        // Rows without a byte of content fill it too: their nodes are memory.
        let mut rows = 0;
        while !batch.is_full() {
            batch.add(rows, Table::Locks, key(rows), None);
            rows += 1;
        }
        assert!(rows < 30_000, "{rows} rows");
        assert_eq!((batch.frame, batch.rows.len() as u64), (rows - 1, rows));
        // Rows that are written again and again fill it as well, or the note would stand still.
        let mut batch = Batch::default();
        for frame in 0..=BATCH_BYTES as u64 / 1000 {
            assert!(!batch.is_full() || frame > 3000, "{frame}");
            batch.add(frame, Table::Heads, key(7), Some(vec![1; 1000].into()));
        }
        assert!(batch.is_full() && batch.rows.len() == 1);
    }
}

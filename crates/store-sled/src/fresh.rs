//! Rows that are in the journal but not in the index yet, in memory, newest on top: those of a
//! group that is not durable yet, those that wait, and those that are being indexed. It must not
//! know sled's files nor the journal's.

use crate::batch::{BATCH_BYTES, Batch, Row};
use crate::table::{Rows, Table, Writes};
use sled::IVec;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Memory that rows may take, in bytes, those that wait and those that are being indexed; then the
/// committer waits too. One group may come on top of it.
const FRESH_BYTES_MAX: usize = 8 * BATCH_BYTES;

/// How long a few rows wait for more.
const WAIT: Duration = Duration::from_millis(500);

/// Three layers of rows.
#[derive(Debug, Default)]
pub struct Fresh {
    layers: Mutex<Layers>,
    /// Rings when there is something to index, when there is room again, and at the end.
    moved: Condvar,
}

#[derive(Debug, Default)]
struct Layers {
    staged: Rows<Row>,
    waiting: Batch,
    indexing: Option<Arc<Batch>>,
    /// The frame up to which the index says durably that it is complete.
    noted: u64,
    closing: bool,
    /// Whether nobody indexes any more.
    ended: bool,
}

/// What an indexer has to do.
#[derive(Debug)]
pub enum Next {
    /// Rows to write.
    Rows(Arc<Batch>),
    /// Nothing has come for a while.
    Quiet,
}

impl Layers {
    /// Memory that waits, or is being indexed.
    fn bytes(&self) -> usize {
        self.waiting.bytes() + self.indexing.as_ref().map_or(0, |batch| batch.bytes())
    }

    fn get(&self, table: Table, key: &[u8]) -> Option<Row> {
        let staged = self.staged.get(table, key);
        let waiting = || self.waiting.rows.get(table, key);
        let indexing = || self.indexing.as_ref().and_then(|layer| layer.rows.get(table, key));
        staged.or_else(waiting).or_else(indexing).cloned()
    }
}

impl Fresh {
    fn lock(&self) -> MutexGuard<'_, Layers> {
        self.layers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One row, where it is fresh.
    pub fn get(&self, table: Table, key: &[u8]) -> Option<Row> {
        self.lock().get(table, key)
    }

    /// All fresh rows between two keys.
    pub fn range(
        &self,
        table: Table,
        keys: &RangeInclusive<[u8; 24]>,
    ) -> BTreeMap<IVec, Option<IVec>> {
        let layers = self.lock();
        let mut found = BTreeMap::new();
        let oldest_first = [
            layers.indexing.as_ref().map(|l| &l.rows),
            Some(&layers.waiting.rows),
            Some(&layers.staged),
        ];
        for rows in oldest_first.into_iter().flatten() {
            found.extend(rows.range(table, keys).map(|(key, (_, v))| (key.clone(), v.clone())));
        }
        found
    }

    /// Shows rows that will be in a frame, but are not durable.
    pub fn stage(&self, frame: u64, writes: &Writes) {
        let mut layers = self.lock();
        for (table, key, value) in writes.iter() {
            layers.staged.insert(table, key.clone(), (frame, value.clone()));
        }
    }

    /// Takes over the rows of a durable frame, the staged ones among them. Waits while too many
    /// wait to be indexed.
    pub fn commit(&self, frame: u64, writes: Writes) {
        let mut layers = self.lock();
        while layers.bytes() > FRESH_BYTES_MAX && !layers.ended {
            layers = self.moved.wait(layers).unwrap_or_else(PoisonError::into_inner);
        }
        layers.staged.clear();
        layers.waiting.frame = frame;
        for (table, key, value) in writes {
            layers.waiting.add(frame, table, key, value);
        }
        if layers.waiting.is_full() {
            self.moved.notify_all();
        }
    }

    /// Waits for rows to index; nothing at the end.
    pub fn next(&self) -> Option<Next> {
        let mut layers = self.lock();
        loop {
            if layers.waiting.is_full() || layers.closing {
                break;
            }
            let waited = self.moved.wait_timeout(layers, WAIT);
            let (still, timed_out) = waited.unwrap_or_else(PoisonError::into_inner);
            layers = still;
            if timed_out.timed_out() {
                if layers.waiting.frame > 0 {
                    break;
                }
                return Some(Next::Quiet);
            }
        }
        if layers.waiting.frame == 0 {
            return None;
        }
        let batch = Arc::new(std::mem::take(&mut layers.waiting));
        layers.indexing = Some(batch.clone());
        Some(Next::Rows(batch))
    }

    /// Hears that the rows that were given last are in the index, and up to which frame the index
    /// says so durably.
    pub fn indexed(&self, noted: u64) {
        let mut layers = self.lock();
        layers.indexing = None;
        layers.noted = noted;
        self.moved.notify_all();
    }

    /// The frame up to which the index says durably that it is complete.
    pub fn noted(&self) -> u64 {
        self.lock().noted
    }

    /// Says that no more rows come.
    pub fn close(&self) {
        self.lock().closing = true;
        self.moved.notify_all();
    }

    /// Says that nobody indexes any more.
    pub fn end(&self) {
        self.lock().ended = true;
        self.moved.notify_all();
    }
}

//! The part of a group that removes runs: what makes one visible goes at once, the rows of its
//! history follow in small batches, so that no long run holds up the others. A mark stays until the
//! last of them is gone: a crash in between is taken up at the next open.

use crate::denied::Denied;
use crate::group::Gathering;
use crate::index_error::IndexResult;
use crate::record::{Rest, open_row};
use crate::rows::{number_of, numbered_key, read_numbered_row, run_key, signal_key};
use crate::table::Table;
use windlass_model::{RunId, Timestamp};
use windlass_ports::StoreError;
use windlass_ports::grants::stays;

/// Rows that a batch takes away, about: one record may have some dozens more.
const BATCH_ROWS: usize = 256;

impl Gathering<'_> {
    /// See `Store::remove_run`.
    pub fn remove_run(&mut self, run: RunId, now: Timestamp) -> Result<(), Denied<StoreError>> {
        let Some(book) = self.books.find(run).cloned() else { return Ok(()) };
        let head = self.books.head(run).map_err(Denied::Refused)?;
        if let Some(why) = stays(&head, &book.lease, book.signals.pending.len(), now) {
            return Err(Denied::Refused(StoreError::Refused(why)));
        }
        let key = run_key(run);
        if let Some(row) = self.written(Table::Checkpoints, &key)? {
            if let Some((seq, recorded)) = read_numbered_row(&row) {
                self.take_rest(Table::Checkpoints, &numbered_key(run, seq), recorded)?;
            }
            self.put(Table::Checkpoints, &key, None)?;
        }
        for id in &book.signals.posted {
            self.put(Table::Signals, &signal_key(run, *id), None)?;
        }
        self.leave_locks(run)?;
        self.put(Table::Runs, &key, None)?;
        self.put(Table::Heads, &key, None)?;
        self.put(Table::Removed, &key, Some(&[]))?;
        self.books.remove(run);
        self.books.removed.insert(run);
        self.group.runs.insert(run);
        self.group.changes += 1;
        self.drop_workflow(&head.workflow_digest)?;
        Ok(())
    }

    fn leave_locks(&mut self, run: RunId) -> Result<(), Denied<StoreError>> {
        let in_it = |state: &windlass_ports::store::LockState| {
            state.holder == Some(run) || state.queue.contains(&run)
        };
        let all = self.books.locks.iter();
        let names: Vec<_> = all.filter(|(_, l)| in_it(&l.state)).map(|(n, _)| n.clone()).collect();
        for name in names {
            // The run is there and the lock is there: nothing refuses.
            self.release_lock(name, run)?;
        }
        Ok(())
    }

    /// Removes a workflow that no run names. One in a file of its own leaves the file to the next
    /// open: somebody may be about to name it again.
    fn drop_workflow(&mut self, digest: &str) -> IndexResult<()> {
        let key = digest.as_bytes();
        if self.books.names(digest) || !self.books.workflows.remove(digest) {
            return Ok(());
        }
        if let Some(row) = self.written(Table::Workflows, key)? {
            if let Ok(Rest::Chunks(_)) = open_row(Table::Workflows as u8, key, &row) {
                self.take_rest(Table::Workflows, key, &row)?;
            }
            self.put(Table::Workflows, key, None)?;
        }
        Ok(())
    }

    /// Takes away a batch of what removed runs have left.
    pub fn clear(&mut self) -> IndexResult<()> {
        let Some(run) = self.books.removed.first().copied() else { return Ok(()) };
        // Going through what is cleared again and again would take the square of a history.
        let cleared = self.books.cleared.filter(|(cleared, _)| *cleared == run);
        let after = cleared.map_or(0, |(_, seq)| seq);
        let keys = numbered_key(run, after)..=numbered_key(run, u64::MAX);
        let index = self.index;
        let mut rows = index.range(Table::Events, keys);
        while self.group.writes.len() < BATCH_ROWS {
            let Some(row) = rows.next() else {
                self.put(Table::Removed, &run_key(run), None)?;
                self.books.removed.remove(&run);
                self.books.cleared = None;
                break;
            };
            let (key, recorded) = row?;
            self.books.cleared = number_of(&key).map(|seq| (run, seq));
            self.take_rest(Table::Events, &key, &recorded)?;
            self.put(Table::Events, &key, None)?;
        }
        self.group.changes += 1;
        Ok(())
    }
}

//! The part of a group that decides signals: each is there once, whatever became of it.

use crate::books::RunBook;
use crate::denied::Denied;
use crate::group::Gathering;
use crate::index_error::IndexResult;
use crate::record::Packed;
use crate::rows::{numbered_row, read_numbered_row, signal_key};
use crate::table::Table;
use std::sync::Arc;
use windlass_model::{RunId, SignalId};
use windlass_ports::store::{SIGNALS_PENDING_MAX, StoreError};

impl Gathering<'_> {
    /// See `Store::post_signal`.
    pub fn post_signal(
        &mut self,
        run: RunId,
        id: SignalId,
        packed: Packed,
    ) -> Result<(), Denied<StoreError>> {
        let mut book = self.books.run(run).map_err(Denied::Refused)?.clone();
        if book.signals.posted.contains(&id) {
            return Ok(());
        }
        if book.signals.pending.len() >= SIGNALS_PENDING_MAX {
            return Err(Denied::Refused(StoreError::too_many_signals(run)));
        }
        let signals = Arc::make_mut(&mut book.signals);
        signals.posted.insert(id);
        let place = signals.next;
        signals.next += 1;
        signals.pending.insert(place, id);
        let key = signal_key(run, id);
        self.put_chunks(Table::Signals, &key, &packed)?;
        self.put(Table::Signals, &key, Some(&numbered_row(place, &packed.row)))?;
        self.books.put(run, book);
        self.group.runs.insert(run);
        self.group.changes += 1;
        self.group.wakes.push(run);
        Ok(())
    }

    /// Empties the rows of consumed signals; an empty row remembers that the signal was there.
    pub fn consume(&mut self, run: RunId, book: &mut RunBook, ids: &[SignalId]) -> IndexResult<()> {
        for id in ids {
            let mut pending = book.signals.pending.iter();
            let Some(place) = pending.find(|(_, there)| *there == id).map(|(place, _)| *place)
            else {
                continue;
            };
            let key = signal_key(run, *id);
            if let Some((_, recorded)) =
                self.written(Table::Signals, &key)?.as_deref().and_then(read_numbered_row)
            {
                self.take_rest(Table::Signals, &key, recorded)?;
            }
            self.put(Table::Signals, &key, Some(&[]))?;
            Arc::make_mut(&mut book.signals).pending.remove(&place);
        }
        Ok(())
    }
}

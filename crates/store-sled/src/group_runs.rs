//! The part of a group that makes runs and lets them grow: their events and checkpoints.

use crate::books::RunBook;
use crate::change::PackedAppend;
use crate::denied::Denied;
use crate::group::Gathering;
use crate::record::{Packed, Rest, VALUE_BYTES_MAX, open_row};
use crate::rows::{Standing, numbered_key, numbered_row, read_numbered_row, run_key, split_head};
use crate::table::Table;
use windlass_model::{RunId, Seq};
use windlass_ports::grants::LeaseSlot;
use windlass_ports::store::{AppendError, NewRun, StoreError};

impl Gathering<'_> {
    /// See `Store::create_run`.
    pub fn create_run(&mut self, new: &NewRun, packed: Packed) -> Result<(), Denied<StoreError>> {
        if !self.refuse_run(new).map_err(Denied::Refused)? {
            return Ok(());
        }
        let run = new.head.run;
        let (fixed, standing) = split_head(&new.head);
        let row = match serde_json::to_vec(&fixed) {
            Ok(row) if row.len() <= VALUE_BYTES_MAX => row,
            Ok(_) => {
                let why = "the names of a run together exceed 4 KiB".to_owned();
                return Err(Denied::Refused(StoreError::Refused(why)));
            }
            Err(error) => return Err(Denied::Refused(StoreError::Refused(error.to_string()))),
        };
        let digest = &new.head.workflow_digest;
        if self.books.workflows.insert(digest.clone()) {
            self.put_chunks(Table::Workflows, digest.as_bytes(), &packed)?;
            self.put(Table::Workflows, digest.as_bytes(), Some(&packed.row))?;
            self.group.workflows.push(digest.clone());
        }
        self.put(Table::Runs, &run_key(run), Some(&row))?;
        self.put_run(run, RunBook::new(fixed, standing, LeaseSlot::default()))?;
        Ok(())
    }

    /// Whether a run is to be created: one that is there already, the same, is not.
    fn refuse_run(&self, new: &NewRun) -> Result<bool, StoreError> {
        let run = new.head.run;
        if self.books.find(run).is_some() {
            let there = self.books.head(run)?;
            let why = || format!("{run} exists already and is another run");
            return new
                .is_the_same_as(&there)
                .then_some(false)
                .ok_or_else(|| StoreError::Refused(why()));
        }
        if self.books.removed.contains(&run) {
            let why = format!("{run} was removed and is still being cleared; try again");
            return Err(StoreError::Refused(why));
        }
        if new.head.seq != 0 {
            return Err(StoreError::Refused("a new run begins before its first event".into()));
        }
        Ok(true)
    }

    /// See `Store::append`.
    pub fn append(&mut self, append: PackedAppend) -> Result<Seq, Denied<AppendError>> {
        let run = append.run;
        let refused = |error: StoreError| Denied::Refused(error.into());
        let mut book = self.books.run(run).map_err(refused)?.clone();
        let (expected, actual) = (append.expected, book.standing.seq);
        if expected != actual {
            return Err(Denied::Refused(AppendError::Conflict { expected, actual }));
        }
        let lost = |current| Denied::Refused(AppendError::LeaseLost { current });
        book.lease.admits(append.epoch).map_err(lost)?;
        book.sound().map_err(refused)?;
        for (seq, packed) in (expected + 1..).zip(&append.records) {
            let key = numbered_key(run, seq);
            self.put_chunks(Table::Events, &key, packed)?;
            self.put(Table::Events, &key, Some(&packed.row))?;
        }
        self.consume(run, &mut book, &append.consumed)?;
        let seq = expected + append.records.len() as Seq;
        let PackedAppend { phase, updated_at, due, .. } = append;
        book.standing = Standing { seq, phase, updated_at, due };
        self.put_run(run, book)?;
        Ok(seq)
    }

    /// See `Store::save_checkpoint`.
    pub fn save_checkpoint(
        &mut self,
        run: RunId,
        seq: Seq,
        packed: Packed,
    ) -> Result<(), Denied<StoreError>> {
        let mut book = self.books.run(run).map_err(Denied::Refused)?.clone();
        let last = book.standing.seq;
        if seq > last {
            let why = format!("a checkpoint at event {seq} of a run that is at {last}");
            return Err(Denied::Refused(StoreError::Refused(why)));
        }
        if book.checkpoint.is_some_and(|there| there > seq) {
            return Ok(());
        }
        if let Some(row) = self.written(Table::Checkpoints, &run_key(run))?
            && let Some((old, recorded)) = read_numbered_row(&row)
        {
            self.take_rest(Table::Checkpoints, &numbered_key(run, old), recorded)?;
        }
        let key = numbered_key(run, seq);
        // A checkpoint that is saved again as it was must not lose the object that both rows name.
        if let Ok(Rest::Object(name)) = open_row(Table::Checkpoints as u8, &key, &packed.row) {
            self.group.forgotten.retain(|forgotten| *forgotten != name);
        }
        self.put_chunks(Table::Checkpoints, &key, &packed)?;
        let row = numbered_row(seq, &packed.row);
        self.put(Table::Checkpoints, &run_key(run), Some(&row))?;
        book.checkpoint = Some(seq);
        self.put_run(run, book)?;
        Ok(())
    }
}

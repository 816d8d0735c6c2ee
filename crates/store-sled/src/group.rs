//! A group of changes: decides each one by the committer's books and gathers the rows, the answers
//! and the wakes of those that are granted. Nothing here waits or writes; whoever commits does.

use crate::books::{Books, RunBook};
use crate::change::{Change, PackedAppend, Waiter};
use crate::denied::Denied;
use crate::height::Height;
use crate::index::Index;
use crate::index_error::IndexResult;
use crate::payload::weight;
use crate::record::{Packed, Rest, VALUE_BYTES_MAX, chunk_key, open_row};
use crate::rows::{
    Standing, head_row, numbered_key, numbered_row, read_numbered_row, run_key, signal_key,
    split_head,
};
use crate::table::{Table, Writes};
use crate::trees::digest;
use std::collections::BTreeSet;
use std::sync::Arc;
use windlass_model::{RunId, Seq, SignalId};
use windlass_ports::grants::LeaseSlot;
use windlass_ports::store::{
    AppendError, LeaseAnswer, LeaseRequest, NewRun, SIGNALS_PENDING_MAX, StoreError,
};

/// An answer that is given once the group is durable.
type Answer = Box<dyn FnOnce() + Send>;

/// What a group does.
#[derive(Default)]
pub struct Group {
    /// Rows.
    pub writes: Writes,
    /// Where the store is with them.
    pub height: Height,
    /// Changes that were granted and changed something.
    pub changes: u64,
    /// Answers, in order.
    pub answers: Vec<Answer>,
    /// Runs whose pages changed.
    pub runs: BTreeSet<RunId>,
    /// Locks that changed.
    pub locks: BTreeSet<String>,
    /// Workflows that are new.
    pub workflows: Vec<String>,
    /// Who is to be woken.
    pub wakes: Vec<RunId>,
    /// Objects that no row names any more.
    pub forgotten: Vec<String>,
    /// Whether somebody waits for it to be durable.
    pub urgent: bool,
}

/// The committer's books with the group that is being gathered.
pub struct Gathering<'a> {
    /// The books, ahead of what is durable.
    pub books: &'a mut Books,
    /// For rows that a change takes away.
    pub index: &'a Index,
    /// What is gathered.
    pub group: Group,
}

impl Gathering<'_> {
    /// Decides one change. An error is the disk's, and final.
    pub fn add(&mut self, change: Change) -> IndexResult<()> {
        self.group.urgent |= change.urgent();
        match change {
            Change::CreateRun(new, packed, waiter) => {
                let outcome = self.create_run(&new, *packed);
                self.answer(waiter, outcome)?;
            }
            Change::Append(append, waiter) => {
                let outcome = self.append(append);
                self.answer(waiter, outcome)?;
            }
            Change::SaveCheckpoint(run, seq, packed, waiter) => {
                let outcome = self.save_checkpoint(run, seq, packed);
                self.answer(waiter, outcome)?;
            }
            Change::AcquireLease(request, waiter) => {
                let outcome = self.acquire_lease(request);
                self.answer(waiter, outcome)?;
            }
            Change::CreateLeased(new, packed, request, waiter) => {
                let created = self.create_run(&new, *packed);
                let outcome = created.and_then(|()| self.acquire_lease(request));
                self.answer(waiter, outcome)?;
            }
            Change::RenewLease(lease, waiter) => {
                let outcome = self.lease(lease.run, |slot| match slot.renew(&lease) {
                    Ok(()) => (true, Ok(())),
                    Err(current) => (false, Err(AppendError::LeaseLost { current })),
                });
                self.answer(waiter, outcome)?;
            }
            Change::ReleaseLease(lease, waiter) => {
                let release =
                    |slot: &mut LeaseSlot| (slot.release(&lease), Ok::<_, StoreError>(()));
                let outcome = self.lease(lease.run, release);
                self.answer(waiter, outcome)?;
            }
            Change::PostSignal(run, id, packed, waiter) => {
                let outcome = self.post_signal(run, id, packed);
                self.answer(waiter, outcome)?;
            }
            Change::AcquireLock(lock, run, waiter) => {
                let outcome = self.acquire_lock(lock, run);
                self.answer(waiter, outcome)?;
            }
            Change::ReleaseLock(lock, run, waiter) => {
                let outcome = self.release_lock(lock, run);
                self.answer(waiter, outcome)?;
            }
            Change::RemoveRun(run, now, waiter) => {
                let outcome = self.remove_run(run, now);
                self.answer(waiter, outcome)?;
            }
            Change::Indexed => {}
            Change::HandLock(lock, from, to, waiter) => {
                let outcome = self.hand_lock(lock, from, to);
                self.answer(waiter, outcome)?;
            }
        }
        Ok(())
    }

    fn answer<T, E>(
        &mut self,
        waiter: Waiter<T, E>,
        outcome: Result<T, Denied<E>>,
    ) -> IndexResult<()>
    where
        T: Send + 'static,
        E: Send + 'static,
    {
        let outcome = match outcome {
            Ok(granted) => Ok(granted),
            Err(Denied::Refused(refusal)) => Err(refusal),
            Err(Denied::Index(error)) => return Err(error),
        };
        // Who does not wait any more does not care.
        self.group.answers.push(Box::new(move || drop(waiter.send(outcome))));
        Ok(())
    }

    /// Adds a row to the group, and weighs it. Events and their parts are never written twice, so
    /// only what is deleted of them is looked up.
    pub fn put(&mut self, table: Table, key: &[u8], value: Option<&[u8]>) -> IndexResult<()> {
        let value = value.map(sled::IVec::from);
        let gathered = self.group.writes.insert(table, key.into(), value.clone());
        let old = match gathered {
            Some(gathered) => gathered,
            None if table.is_tallied() || value.is_none() => self.index.get(table, key)?,
            None => None,
        };
        let height = &mut self.group.height;
        height.live = height.live.wrapping_add(weight(key, value.as_ref()));
        height.live = height.live.wrapping_sub(weight(key, old.as_ref()));
        if table.is_tallied() {
            height.tally = height.tally.wrapping_add(digest(table, key, value.as_deref()));
            height.tally = height.tally.wrapping_sub(digest(table, key, old.as_deref()));
        }
        Ok(())
    }

    fn put_chunks(&mut self, table: Table, key: &[u8], packed: &Packed) -> IndexResult<()> {
        (0..).zip(&packed.chunks).try_for_each(|(number, chunk)| {
            self.put(Table::Chunks, &chunk_key(table as u8, key, number), Some(chunk))
        })
    }

    /// Takes away what lies outside a record's row.
    pub fn take_rest(&mut self, table: Table, key: &[u8], recorded: &[u8]) -> IndexResult<()> {
        match open_row(table as u8, key, recorded) {
            Ok(Rest::Chunks(count)) => (0..count).try_for_each(|number| {
                self.put(Table::Chunks, &chunk_key(table as u8, key, number), None)
            })?,
            Ok(Rest::Object(name)) => self.group.forgotten.push(name),
            // What cannot be read leaves nothing else to take away.
            Ok(Rest::Nowhere(_)) | Err(_) => {}
        }
        Ok(())
    }

    /// Puts a run's new page into the books and its head into the group.
    fn put_run(&mut self, run: RunId, book: RunBook) -> IndexResult<()> {
        let row = head_row(book.standing, &book.lease);
        self.put(Table::Heads, &run_key(run), Some(&row))?;
        self.books.put(run, book);
        self.group.runs.insert(run);
        self.group.changes += 1;
        Ok(())
    }

    fn create_run(&mut self, new: &NewRun, packed: Packed) -> Result<(), Denied<StoreError>> {
        match self.refuse_run(new) {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(refused) => return Err(Denied::Refused(refused)),
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

    fn append(&mut self, append: PackedAppend) -> Result<Seq, Denied<AppendError>> {
        let run = append.run;
        let mut book = match self.books.run(run) {
            Ok(book) => book.clone(),
            Err(error) => return Err(Denied::Refused(error.into())),
        };
        let (expected, actual) = (append.expected, book.standing.seq);
        if expected != actual {
            return Err(Denied::Refused(AppendError::Conflict { expected, actual }));
        }
        if let Err(current) = book.lease.admits(append.epoch) {
            return Err(Denied::Refused(AppendError::LeaseLost { current }));
        }
        if let Err(damage) = book.sound() {
            return Err(Denied::Refused(damage.into()));
        }
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

    /// Empties the rows of consumed signals; an empty row remembers that the signal was there.
    fn consume(&mut self, run: RunId, book: &mut RunBook, ids: &[SignalId]) -> IndexResult<()> {
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

    /// A row as it is with what the group has gathered so far.
    pub fn written(&self, table: Table, key: &[u8]) -> IndexResult<Option<sled::IVec>> {
        match self.group.writes.get(table, key) {
            Some(value) => Ok(value.clone()),
            None => self.index.get(table, key),
        }
    }

    fn save_checkpoint(
        &mut self,
        run: RunId,
        seq: Seq,
        packed: Packed,
    ) -> Result<(), Denied<StoreError>> {
        let mut book = match self.books.run(run) {
            Ok(book) => book.clone(),
            Err(error) => return Err(Denied::Refused(error)),
        };
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

    fn acquire_lease(&mut self, request: LeaseRequest) -> Result<LeaseAnswer, Denied<StoreError>> {
        self.lease(request.run, |slot| {
            let answer = slot.acquire(request);
            (matches!(answer, LeaseAnswer::Granted(_)), Ok(answer))
        })
    }

    fn lease<T, E: From<StoreError>>(
        &mut self,
        run: RunId,
        act: impl FnOnce(&mut LeaseSlot) -> (bool, Result<T, E>),
    ) -> Result<T, Denied<E>> {
        let sound = |book: &RunBook| book.sound().map(|()| book.clone());
        let mut book = match self.books.run(run).and_then(sound) {
            Ok(book) => book,
            Err(error) => return Err(Denied::Refused(error.into())),
        };
        let (changed, outcome) = act(Arc::make_mut(&mut book.lease));
        if changed {
            self.put_run(run, book)?;
        }
        outcome.map_err(Denied::Refused)
    }

    fn post_signal(
        &mut self,
        run: RunId,
        id: SignalId,
        packed: Packed,
    ) -> Result<(), Denied<StoreError>> {
        let mut book = match self.books.run(run) {
            Ok(book) => book.clone(),
            Err(error) => return Err(Denied::Refused(error)),
        };
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
}

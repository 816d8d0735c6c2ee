//! A group of changes: decides each one by the committer's books and gathers the rows, the answers
//! and the wakes of those that are granted. Nothing here waits or writes; whoever commits does.

use crate::books::{Books, RunBook};
use crate::change::{Change, Waiter};
use crate::denied::Denied;
use crate::height::Height;
use crate::index::Index;
use crate::index_error::IndexResult;
use crate::payload::weight;
use crate::record::{Packed, Rest, chunk_key, open_row};
use crate::rows::{head_row, run_key};
use crate::table::{Table, Writes};
use crate::trees::digest;
use std::collections::BTreeSet;
use windlass_model::RunId;
use windlass_ports::grants::LeaseSlot;
use windlass_ports::store::{AppendError, StoreError};

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

    /// Adds a record's parts.
    pub fn put_chunks(&mut self, table: Table, key: &[u8], packed: &Packed) -> IndexResult<()> {
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
    pub fn put_run(&mut self, run: RunId, book: RunBook) -> IndexResult<()> {
        let row = head_row(book.standing, &book.lease);
        self.put(Table::Heads, &run_key(run), Some(&row))?;
        self.books.put(run, book);
        self.group.runs.insert(run);
        self.group.changes += 1;
        Ok(())
    }

    /// A row as it is with what the group has gathered so far.
    pub fn written(&self, table: Table, key: &[u8]) -> IndexResult<Option<sled::IVec>> {
        match self.group.writes.get(table, key) {
            Some(value) => Ok(value.clone()),
            None => self.index.get(table, key),
        }
    }
}

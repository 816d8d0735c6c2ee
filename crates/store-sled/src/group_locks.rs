//! The part of a group that decides locks: each place in a queue is a row of its own, so that a
//! long queue costs what changed and not its length.

use crate::denied::Denied;
use crate::group::Gathering;
use crate::index_error::IndexResult;
use crate::rows::{lock_key, run_key};
use crate::table::Table;
use windlass_model::RunId;
use windlass_ports::store::{LockState, StoreError};

/// The longest name of a lock; it is part of keys.
const LOCK_NAME_BYTES_MAX: usize = 512;

impl Gathering<'_> {
    /// See `Store::acquire_lock`.
    pub fn acquire_lock(
        &mut self,
        name: String,
        run: RunId,
    ) -> Result<LockState, Denied<StoreError>> {
        self.books.run(run).map_err(Denied::Refused)?;
        if name.len() > LOCK_NAME_BYTES_MAX {
            let why = format!("the name of a lock exceeds {LOCK_NAME_BYTES_MAX} bytes");
            return Err(Denied::Refused(StoreError::Refused(why)));
        }
        let lock = self.books.locks.entry(name.clone()).or_default();
        let place = lock.next_place();
        let changed = lock.state.acquire(run);
        let state = lock.state.clone();
        if changed && state.holder == Some(run) {
            self.put_place(&name, 0, Some(run))?;
        } else if changed {
            lock.places.insert(run, place);
            self.put_place(&name, place, Some(run))?;
        }
        Ok(self.changed_lock(name, changed, state))
    }

    /// See `Store::release_lock`.
    pub fn release_lock(
        &mut self,
        name: String,
        run: RunId,
    ) -> Result<LockState, Denied<StoreError>> {
        self.books.run(run).map_err(Denied::Refused)?;
        let Some(lock) = self.books.locks.get_mut(&name) else {
            return Ok(LockState::default());
        };
        let held = lock.state.holder == Some(run);
        let next = lock.state.release(run);
        let leaves = lock.places.remove(&next.unwrap_or(run));
        let state = lock.state.clone();
        if held {
            self.put_place(&name, 0, next)?;
        }
        if let Some(place) = leaves {
            self.put_place(&name, place, None)?;
        }
        self.group.wakes.extend(next);
        Ok(self.changed_lock(name, held || leaves.is_some(), state))
    }

    /// See `Store::hand_lock`.
    pub fn hand_lock(
        &mut self,
        name: String,
        from: RunId,
        to: RunId,
    ) -> Result<LockState, Denied<StoreError>> {
        self.books.run(from).and_then(|_| self.books.run(to)).map_err(Denied::Refused)?;
        let lock = self.books.locks.entry(name.clone()).or_default();
        if let Err(error) = lock.state.hand(from, to) {
            return Err(Denied::Refused(StoreError::Refused(error.to_string())));
        }
        let leaves = lock.places.remove(&to);
        let state = lock.state.clone();
        self.put_place(&name, 0, Some(to))?;
        if let Some(place) = leaves {
            self.put_place(&name, place, None)?;
        }
        self.group.wakes.push(to);
        Ok(self.changed_lock(name, true, state))
    }

    fn put_place(&mut self, name: &str, place: u64, run: Option<RunId>) -> IndexResult<()> {
        let value = run.map(run_key);
        self.put(Table::Locks, &lock_key(name, place), value.as_ref().map(<[u8; 16]>::as_slice))
    }

    fn changed_lock(&mut self, name: String, changed: bool, state: LockState) -> LockState {
        if changed {
            self.group.changes += 1;
            self.group.locks.insert(name);
        }
        state
    }
}

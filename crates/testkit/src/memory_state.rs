//! What the memory store holds and how each call changes it: synchronous, so that a simulation
//! replays. It must not know how callers wait.

use std::collections::{BTreeMap, BTreeSet};
use windlass_model::{RunId, Seq, SignalId, Timestamp};
use windlass_ports::digest::sha256_hex;
use windlass_ports::grants::{LeaseSlot, stays};
use windlass_ports::store::{
    Append, AppendError, Lease, LeaseAnswer, LeaseRequest, LockState, NewRun, RECORD_BYTES_MAX,
    RunFilter, RunHead, SIGNALS_PENDING_MAX, StoreError, StoredCheckpoint, StoredEvent,
    StoredSignal,
};
use windlass_ports::wake_log::WakeLog;

/// Everything in the store.
#[derive(Debug)]
pub struct MemoryState {
    runs: BTreeMap<RunId, RunRow>,
    workflows: BTreeMap<String, Vec<u8>>,
    locks: BTreeMap<String, LockState>,
    /// The wakes so far.
    pub wakes: WakeLog,
}

#[derive(Debug)]
struct RunRow {
    head: RunHead,
    events: Vec<Vec<u8>>,
    lease: LeaseSlot,
    checkpoint: Option<StoredCheckpoint>,
    signals: Vec<StoredSignal>,
    /// Every signal ever posted: one that was consumed is not delivered again.
    posted: BTreeSet<SignalId>,
}

impl Default for MemoryState {
    fn default() -> Self {
        Self {
            runs: BTreeMap::new(),
            workflows: BTreeMap::new(),
            locks: BTreeMap::new(),
            wakes: WakeLog::starting_at(1),
        }
    }
}

fn check_size(bytes: &[u8]) -> Result<(), StoreError> {
    if bytes.len() > RECORD_BYTES_MAX {
        let message = format!("a record of {} bytes, at most {RECORD_BYTES_MAX}", bytes.len());
        return Err(StoreError::Refused(message));
    }
    Ok(())
}

impl MemoryState {
    fn row(&self, run: RunId) -> Result<&RunRow, StoreError> {
        self.runs.get(&run).ok_or(StoreError::NoSuchRun(run))
    }

    fn row_mut(&mut self, run: RunId) -> Result<&mut RunRow, StoreError> {
        self.runs.get_mut(&run).ok_or(StoreError::NoSuchRun(run))
    }

    /// See `Store::create_run`.
    pub fn create_run(&mut self, new: NewRun) -> Result<(), StoreError> {
        check_size(&new.workflow)?;
        let digest = &new.head.workflow_digest;
        if *digest != sha256_hex(&new.workflow) {
            let message = format!("the workflow's bytes have another digest than {digest}");
            return Err(StoreError::Refused(message));
        }
        if let Some(row) = self.runs.get(&new.head.run) {
            if new.is_the_same_as(&row.head) {
                return Ok(());
            }
            let message = format!("{} exists already and is another run", new.head.run);
            return Err(StoreError::Refused(message));
        }
        if new.head.seq != 0 {
            return Err(StoreError::Refused("a new run begins before its first event".into()));
        }
        self.workflows.insert(digest.clone(), new.workflow);
        let row = RunRow {
            events: Vec::new(),
            lease: LeaseSlot::default(),
            checkpoint: None,
            signals: Vec::new(),
            posted: BTreeSet::new(),
            head: new.head,
        };
        self.runs.insert(row.head.run, row);
        Ok(())
    }

    /// See `Store::remove_run`.
    pub fn remove_run(&mut self, run: RunId, now: Timestamp) -> Result<(), StoreError> {
        let Some(row) = self.runs.get(&run) else { return Ok(()) };
        if let Some(why) = stays(&row.head, &row.lease, row.signals.len(), now) {
            return Err(StoreError::Refused(why));
        }
        for lock in self.locks.values_mut() {
            if let Some(next) = lock.release(run) {
                self.wakes.push(next);
            }
        }
        let digest = row.head.workflow_digest.clone();
        self.runs.remove(&run);
        if self.runs.values().all(|other| other.head.workflow_digest != digest) {
            self.workflows.remove(&digest);
        }
        Ok(())
    }

    /// See `Store::head`.
    pub fn head(&self, run: RunId) -> Result<RunHead, StoreError> {
        Ok(self.row(run)?.head.clone())
    }

    /// See `Store::runs`.
    pub fn runs(&self, filter: &RunFilter) -> Vec<RunHead> {
        let heads = self.runs.values().rev().map(|row| &row.head);
        heads.filter(|head| filter.wants(head)).take(filter.limit).cloned().collect()
    }

    /// See `Store::workflow`.
    pub fn workflow(&self, digest: &str) -> Result<Vec<u8>, StoreError> {
        let found = self.workflows.get(digest).cloned();
        found.ok_or_else(|| StoreError::Corrupt(format!("the workflow {digest} is not there")))
    }

    /// See `Store::append`.
    pub fn append(&mut self, append: Append) -> Result<Seq, AppendError> {
        append.events.iter().try_for_each(|bytes| check_size(bytes))?;
        let row = self.row_mut(append.run)?;
        if append.expected != row.head.seq {
            let (expected, actual) = (append.expected, row.head.seq);
            return Err(AppendError::Conflict { expected, actual });
        }
        row.lease.admits(append.epoch).map_err(|current| AppendError::LeaseLost { current })?;
        row.head.seq += append.events.len() as Seq;
        row.head.phase = append.phase;
        row.head.updated_at = append.updated_at;
        row.head.due = append.due;
        row.events.extend(append.events);
        row.signals.retain(|signal| !append.consumed_signals.contains(&signal.id));
        Ok(row.head.seq)
    }

    /// See `Store::events`.
    pub fn events(
        &self,
        run: RunId,
        after: Seq,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let skip = usize::try_from(after).unwrap_or(usize::MAX);
        let tail = self.row(run)?.events.iter().skip(skip).take(limit);
        let numbered = (after + 1..).zip(tail);
        Ok(numbered.map(|(seq, bytes)| StoredEvent { seq, bytes: bytes.clone() }).collect())
    }

    /// See `Store::save_checkpoint`.
    pub fn save_checkpoint(
        &mut self,
        run: RunId,
        checkpoint: StoredCheckpoint,
    ) -> Result<(), StoreError> {
        check_size(&checkpoint.bytes)?;
        let row = self.row_mut(run)?;
        if checkpoint.seq > row.head.seq {
            let (ahead, seq) = (checkpoint.seq, row.head.seq);
            let message = format!("a checkpoint at event {ahead} of a run that is at {seq}");
            return Err(StoreError::Refused(message));
        }
        if row.checkpoint.as_ref().is_none_or(|there| there.seq <= checkpoint.seq) {
            row.checkpoint = Some(checkpoint);
        }
        Ok(())
    }

    /// See `Store::latest_checkpoint`.
    pub fn latest_checkpoint(&self, run: RunId) -> Result<Option<StoredCheckpoint>, StoreError> {
        Ok(self.row(run)?.checkpoint.clone())
    }

    /// See `Store::due`.
    pub fn due(&self, now: Timestamp, limit: usize) -> Vec<RunId> {
        let live = self.runs.values().map(|row| &row.head).filter(|head| !head.phase.ended());
        let mut due: Vec<_> = live.filter_map(|head| Some((head.due?, head.run))).collect();
        due.retain(|(at, _)| *at <= now);
        due.sort_unstable();
        due.into_iter().map(|(_, run)| run).take(limit).collect()
    }

    /// See `Store::acquire_lease`.
    pub fn acquire_lease(&mut self, request: LeaseRequest) -> Result<LeaseAnswer, StoreError> {
        Ok(self.row_mut(request.run)?.lease.acquire(request))
    }

    /// See `Store::renew_lease`.
    pub fn renew_lease(&mut self, lease: &Lease) -> Result<(), AppendError> {
        let slot = &mut self.row_mut(lease.run)?.lease;
        slot.renew(lease).map_err(|current| AppendError::LeaseLost { current })
    }

    /// See `Store::release_lease`.
    pub fn release_lease(&mut self, lease: &Lease) -> Result<(), StoreError> {
        self.row_mut(lease.run)?.lease.release(lease);
        Ok(())
    }

    /// See `Store::lease`.
    pub fn lease(&self, run: RunId) -> Result<Option<Lease>, StoreError> {
        Ok(self.row(run)?.lease.held.clone())
    }

    /// See `Store::post_signal`; says whether the signal is new.
    pub fn post_signal(&mut self, run: RunId, signal: StoredSignal) -> Result<bool, StoreError> {
        check_size(&signal.bytes)?;
        let row = self.row_mut(run)?;
        let new = !row.posted.contains(&signal.id);
        if new && row.signals.len() >= SIGNALS_PENDING_MAX {
            return Err(StoreError::too_many_signals(run));
        }
        if new {
            row.posted.insert(signal.id);
            row.signals.push(signal);
            self.wakes.push(run);
        }
        Ok(new)
    }

    /// See `Store::pending_signals`.
    pub fn pending_signals(&self, run: RunId) -> Result<Vec<StoredSignal>, StoreError> {
        Ok(self.row(run)?.signals.clone())
    }

    /// See `Store::acquire_lock`.
    pub fn acquire_lock(&mut self, lock: String, run: RunId) -> Result<LockState, StoreError> {
        self.row(run)?;
        let state = self.locks.entry(lock).or_default();
        state.acquire(run);
        Ok(state.clone())
    }

    /// See `Store::release_lock`.
    pub fn release_lock(&mut self, lock: String, run: RunId) -> Result<LockState, StoreError> {
        self.row(run)?;
        let state = self.locks.entry(lock).or_default();
        if let Some(next) = state.release(run) {
            self.wakes.push(next);
        }
        Ok(state.clone())
    }

    /// See `Store::hand_lock`.
    pub fn hand_lock(
        &mut self,
        lock: String,
        from: RunId,
        to: RunId,
    ) -> Result<LockState, StoreError> {
        self.row(from)?;
        self.row(to)?;
        let state = self.locks.entry(lock).or_default();
        state.hand(from, to).map_err(|error| StoreError::Refused(error.to_string()))?;
        self.wakes.push(to);
        Ok(state.clone())
    }

    /// See `Store::lock`.
    pub fn lock(&self, lock: &str) -> LockState {
        self.locks.get(lock).cloned().unwrap_or_default()
    }
}

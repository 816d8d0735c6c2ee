//! A store that fails when a script says so: around any other store, at the n-th append, before or
//! after its effect. It must not know what the engine does; it is the disk, the network and the
//! rival.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use windlass_model::{Millis, RunId, Seq, Timestamp};
use windlass_ports::BoxFuture;
use windlass_ports::store::{
    Append, AppendError, Lease, LeaseAnswer, LeaseRequest, LockState, NewRun, RunFilter, RunHead,
    Store, StoreError, StoredCheckpoint, StoredEvent, StoredSignal, WakeCursor, Wakes,
};

/// How long a thief keeps what it stole, by the wall clock of the run.
const STOLEN_TTL_MS: Millis = 60_000;

/// What happens at an append.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is written; this call alone fails.
    FailBefore,
    /// It is written; the acknowledgement is lost.
    LoseAcknowledgement,
    /// Nothing is written; every call fails until [`FaultyStore::heal`]: a crash right before.
    DownBefore,
    /// It is written; this and every call fails until [`FaultyStore::heal`]: a crash right after.
    DownAfter,
    /// Nothing is written; this and the next calls of any kind fail, so many in all.
    UnavailableFor {
        /// How many calls, this one included.
        calls: u32,
    },
    /// Another owner displaces the lease just before; the append then meets the fence.
    StealLease {
        /// The thief.
        owner: String,
    },
}

/// Which append meets which fault; the first append of the wrapper's life has number 1.
#[derive(Clone, Debug, Default)]
pub struct Plan(BTreeMap<u64, Fault>);

impl Plan {
    /// Adds a fault at the n-th append.
    #[must_use]
    pub fn at(mut self, append: u64, fault: Fault) -> Self {
        self.0.insert(append, fault);
        self
    }
}

/// The wrapper.
pub struct FaultyStore {
    inner: Arc<dyn Store>,
    script: Mutex<Script>,
}

#[derive(Debug, Default)]
struct Script {
    plan: Plan,
    appends: u64,
    /// Calls that still fail.
    failing: u32,
    down: bool,
}

impl FaultyStore {
    /// Wraps a store.
    pub fn new(inner: Arc<dyn Store>, plan: Plan) -> Self {
        Self { inner, script: Mutex::new(Script { plan, ..Script::default() }) }
    }

    /// How many appends were asked for so far, refused ones included.
    pub fn appends(&self) -> u64 {
        self.script().appends
    }

    /// Says whether the store is down until healed.
    pub fn is_down(&self) -> bool {
        self.script().down
    }

    /// Ends every outage.
    pub fn heal(&self) {
        let mut script = self.script();
        script.down = false;
        script.failing = 0;
    }

    /// Makes every call fail until healed.
    pub fn take_down(&self) {
        self.script().down = true;
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fails where an outage is on.
    fn gate(&self) -> Result<(), StoreError> {
        let mut script = self.script();
        if script.down {
            return Err(away("it is down"));
        }
        if script.failing > 0 {
            script.failing -= 1;
            return Err(away("it is away for a while"));
        }
        Ok(())
    }

    /// Counts an append and takes its fault out of the plan.
    fn next_fault(&self) -> Option<Fault> {
        let mut script = self.script();
        script.appends += 1;
        let number = script.appends;
        script.plan.0.remove(&number)
    }

    async fn faulty_append(&self, append: Append) -> Result<Seq, AppendError> {
        let fault = self.next_fault();
        self.gate()?;
        match fault {
            None => self.inner.append(append).await,
            Some(Fault::FailBefore) => Err(away("it failed before the append").into()),
            Some(Fault::DownBefore) => {
                self.take_down();
                Err(away("it went down before the append").into())
            }
            Some(Fault::UnavailableFor { calls }) => {
                self.script().failing = calls.saturating_sub(1);
                Err(away("it went away before the append").into())
            }
            Some(Fault::LoseAcknowledgement) => {
                self.inner.append(append).await?;
                Err(away("it lost the acknowledgement").into())
            }
            Some(Fault::DownAfter) => {
                self.inner.append(append).await?;
                self.take_down();
                Err(away("it went down after the append").into())
            }
            Some(Fault::StealLease { owner }) => {
                self.steal(append.run, owner).await?;
                self.inner.append(append).await
            }
        }
    }

    async fn steal(&self, run: RunId, owner: String) -> Result<(), StoreError> {
        let held = self.inner.lease(run).await?;
        let now = held.as_ref().map_or(Timestamp(0), |lease| lease.expires);
        let displaces = held.map(|lease| lease.epoch);
        let request = LeaseRequest { run, owner, now, ttl_ms: STOLEN_TTL_MS, displaces };
        self.inner.acquire_lease(request).await.map(|_| ())
    }
}

fn away(why: &str) -> StoreError {
    StoreError::Unavailable(format!("{why} (a scripted fault)"))
}

/// Passes a call on unless an outage is on.
macro_rules! pass {
    ($self:ident . $method:ident ( $($argument:expr),* )) => {
        Box::pin(async move {
            $self.gate()?;
            $self.inner.$method($($argument),*).await
        })
    };
}

impl Store for FaultyStore {
    fn create_run(&self, new: NewRun) -> BoxFuture<'_, Result<(), StoreError>> {
        pass!(self.create_run(new))
    }

    fn head(&self, run: RunId) -> BoxFuture<'_, Result<RunHead, StoreError>> {
        pass!(self.head(run))
    }

    fn runs(&self, filter: RunFilter) -> BoxFuture<'_, Result<Vec<RunHead>, StoreError>> {
        pass!(self.runs(filter))
    }

    fn workflow(&self, digest: String) -> BoxFuture<'_, Result<Vec<u8>, StoreError>> {
        pass!(self.workflow(digest))
    }

    fn append(&self, append: Append) -> BoxFuture<'_, Result<Seq, AppendError>> {
        Box::pin(self.faulty_append(append))
    }

    fn events(
        &self,
        run: RunId,
        after: Seq,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<StoredEvent>, StoreError>> {
        pass!(self.events(run, after, limit))
    }

    fn wait_events(
        &self,
        run: RunId,
        after: Seq,
        wait_ms: Millis,
    ) -> BoxFuture<'_, Result<Seq, StoreError>> {
        pass!(self.wait_events(run, after, wait_ms))
    }

    fn save_checkpoint(
        &self,
        run: RunId,
        checkpoint: StoredCheckpoint,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        pass!(self.save_checkpoint(run, checkpoint))
    }

    fn latest_checkpoint(
        &self,
        run: RunId,
    ) -> BoxFuture<'_, Result<Option<StoredCheckpoint>, StoreError>> {
        pass!(self.latest_checkpoint(run))
    }

    fn due(&self, now: Timestamp, limit: usize) -> BoxFuture<'_, Result<Vec<RunId>, StoreError>> {
        pass!(self.due(now, limit))
    }

    fn acquire_lease(
        &self,
        request: LeaseRequest,
    ) -> BoxFuture<'_, Result<LeaseAnswer, StoreError>> {
        pass!(self.acquire_lease(request))
    }

    fn renew_lease(&self, lease: Lease) -> BoxFuture<'_, Result<(), AppendError>> {
        pass!(self.renew_lease(lease))
    }

    fn release_lease(&self, lease: Lease) -> BoxFuture<'_, Result<(), StoreError>> {
        pass!(self.release_lease(lease))
    }

    fn lease(&self, run: RunId) -> BoxFuture<'_, Result<Option<Lease>, StoreError>> {
        pass!(self.lease(run))
    }

    fn post_signal(
        &self,
        run: RunId,
        signal: StoredSignal,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        pass!(self.post_signal(run, signal))
    }

    fn pending_signals(&self, run: RunId) -> BoxFuture<'_, Result<Vec<StoredSignal>, StoreError>> {
        pass!(self.pending_signals(run))
    }

    fn wakes(
        &self,
        after: WakeCursor,
        wait_ms: Millis,
    ) -> BoxFuture<'_, Result<Wakes, StoreError>> {
        pass!(self.wakes(after, wait_ms))
    }

    fn acquire_lock(
        &self,
        lock: String,
        run: RunId,
    ) -> BoxFuture<'_, Result<LockState, StoreError>> {
        pass!(self.acquire_lock(lock, run))
    }

    fn release_lock(
        &self,
        lock: String,
        run: RunId,
    ) -> BoxFuture<'_, Result<LockState, StoreError>> {
        pass!(self.release_lock(lock, run))
    }

    fn hand_lock(
        &self,
        lock: String,
        from: RunId,
        to: RunId,
    ) -> BoxFuture<'_, Result<LockState, StoreError>> {
        pass!(self.hand_lock(lock, from, to))
    }

    fn remove_run(&self, run: RunId, now: Timestamp) -> BoxFuture<'_, Result<(), StoreError>> {
        pass!(self.remove_run(run, now))
    }

    fn lock(&self, lock: String) -> BoxFuture<'_, Result<LockState, StoreError>> {
        pass!(self.lock(lock))
    }
}

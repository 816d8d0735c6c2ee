//! A store that does not compare epochs: takes every append as if its writer held the lease.

use windlass_model::{Millis, RunId, Seq, Timestamp};
use windlass_ports::BoxFuture;
use windlass_ports::store::{
    Append, AppendError, Lease, LeaseAnswer, LeaseRequest, LockState, NewRun, RunFilter, RunHead,
    Store, StoreError, StoredCheckpoint, StoredEvent, StoredSignal, WakeCursor, Wakes,
};
use windlass_testkit::MemoryStore;

/// The store.
pub struct Fenceless(pub MemoryStore);

impl Store for Fenceless {
    fn create_run(&self, new: NewRun) -> BoxFuture<'_, Result<(), StoreError>> {
        self.0.create_run(new)
    }

    fn head(&self, run: RunId) -> BoxFuture<'_, Result<RunHead, StoreError>> {
        self.0.head(run)
    }

    fn runs(&self, filter: RunFilter) -> BoxFuture<'_, Result<Vec<RunHead>, StoreError>> {
        self.0.runs(filter)
    }

    fn workflow(&self, digest: String) -> BoxFuture<'_, Result<Vec<u8>, StoreError>> {
        self.0.workflow(digest)
    }

    fn append(&self, append: Append) -> BoxFuture<'_, Result<Seq, AppendError>> {
        Box::pin(async move {
            let mut append = append;
            if let Some(lease) = self.0.lease(append.run).await? {
                append.epoch = lease.epoch;
            }
            self.0.append(append).await
        })
    }

    fn events(
        &self,
        run: RunId,
        after: Seq,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<StoredEvent>, StoreError>> {
        self.0.events(run, after, limit)
    }

    fn wait_events(
        &self,
        run: RunId,
        after: Seq,
        wait_ms: Millis,
    ) -> BoxFuture<'_, Result<Seq, StoreError>> {
        self.0.wait_events(run, after, wait_ms)
    }

    fn save_checkpoint(
        &self,
        run: RunId,
        checkpoint: StoredCheckpoint,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        self.0.save_checkpoint(run, checkpoint)
    }

    fn latest_checkpoint(
        &self,
        run: RunId,
    ) -> BoxFuture<'_, Result<Option<StoredCheckpoint>, StoreError>> {
        self.0.latest_checkpoint(run)
    }

    fn due(&self, now: Timestamp, limit: usize) -> BoxFuture<'_, Result<Vec<RunId>, StoreError>> {
        self.0.due(now, limit)
    }

    fn acquire_lease(
        &self,
        request: LeaseRequest,
    ) -> BoxFuture<'_, Result<LeaseAnswer, StoreError>> {
        self.0.acquire_lease(request)
    }

    fn renew_lease(&self, lease: Lease) -> BoxFuture<'_, Result<(), AppendError>> {
        self.0.renew_lease(lease)
    }

    fn release_lease(&self, lease: Lease) -> BoxFuture<'_, Result<(), StoreError>> {
        self.0.release_lease(lease)
    }

    fn lease(&self, run: RunId) -> BoxFuture<'_, Result<Option<Lease>, StoreError>> {
        self.0.lease(run)
    }

    fn post_signal(
        &self,
        run: RunId,
        signal: StoredSignal,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        self.0.post_signal(run, signal)
    }

    fn pending_signals(&self, run: RunId) -> BoxFuture<'_, Result<Vec<StoredSignal>, StoreError>> {
        self.0.pending_signals(run)
    }

    fn wakes(
        &self,
        after: WakeCursor,
        wait_ms: Millis,
    ) -> BoxFuture<'_, Result<Wakes, StoreError>> {
        self.0.wakes(after, wait_ms)
    }

    fn acquire_lock(
        &self,
        lock: String,
        run: RunId,
    ) -> BoxFuture<'_, Result<LockState, StoreError>> {
        self.0.acquire_lock(lock, run)
    }

    fn release_lock(
        &self,
        lock: String,
        run: RunId,
    ) -> BoxFuture<'_, Result<LockState, StoreError>> {
        self.0.release_lock(lock, run)
    }

    fn hand_lock(
        &self,
        lock: String,
        from: RunId,
        to: RunId,
    ) -> BoxFuture<'_, Result<LockState, StoreError>> {
        self.0.hand_lock(lock, from, to)
    }

    fn remove_run(&self, run: RunId, now: Timestamp) -> BoxFuture<'_, Result<(), StoreError>> {
        self.0.remove_run(run, now)
    }

    fn lock(&self, lock: String) -> BoxFuture<'_, Result<LockState, StoreError>> {
        self.0.lock(lock)
    }
}

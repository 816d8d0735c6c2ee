//! The store of a rehearsal: time stands still while it works, and its engine dies at the write
//! that a watch names.

use super::crash::{Moment, Watch};
use super::pace::Pace;
use std::sync::Arc;
use windlass_model::{Millis, RunId, Seq, Timestamp};
use windlass_ports::store::{
    Append, AppendError, Lease, LeaseAnswer, LeaseRequest, LockState, NewRun, RunFilter, RunHead,
    StoreError, StoredCheckpoint, StoredEvent, StoredSignal, WakeCursor, Wakes,
};
use windlass_ports::{BoxFuture, Store};

/// The store.
pub struct WatchedStore {
    inner: Arc<dyn Store>,
    pace: Pace,
    watch: Arc<Watch>,
}

impl WatchedStore {
    /// Watches over a store.
    pub fn new(inner: Arc<dyn Store>, pace: Pace, watch: Arc<Watch>) -> Self {
        Self { inner, pace, watch }
    }

    async fn watched_append(&self, append: Append) -> Result<Seq, AppendError> {
        let work = self.pace.busy();
        let last = self.watch.next(&append);
        if last == Some(Moment::Before) {
            return self.die().await;
        }
        let outcome = self.inner.append(append).await;
        if last == Some(Moment::After) {
            return self.die().await;
        }
        drop(work);
        outcome
    }

    /// The engine hears nothing any more.
    async fn die<T>(&self) -> T {
        self.watch.died.notify_one();
        std::future::pending().await
    }
}

/// Passes a call on as a piece of work.
macro_rules! pass {
    ($self:ident . $method:ident ( $($argument:expr),* )) => {
        Box::pin(async move {
            let _work = $self.pace.busy();
            $self.inner.$method($($argument),*).await
        })
    };
}

impl Store for WatchedStore {
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
        Box::pin(self.watched_append(append))
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
        self.inner.wait_events(run, after, wait_ms)
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
        self.inner.wakes(after, wait_ms)
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

    fn lock(&self, lock: String) -> BoxFuture<'_, Result<LockState, StoreError>> {
        pass!(self.lock(lock))
    }

    fn remove_run(&self, run: RunId, now: Timestamp) -> BoxFuture<'_, Result<(), StoreError>> {
        pass!(self.remove_run(run, now))
    }
}

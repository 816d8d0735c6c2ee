//! A store that stands before another one: it passes every call on, and does something around it.
//! Who needs one says only what it does; that no call is forgotten is settled here.

use crate::future::BoxFuture;
use crate::store::{
    Append, AppendError, Lease, LeaseAnswer, LeaseRequest, LockState, NewRun, RunFilter, RunHead,
    Store, StoreError, StoredCheckpoint, StoredEvent, StoredSignal, WakeCursor, Wakes,
};
use windlass_model::{Millis, RunId, Seq, Timestamp};

/// What a store does around the calls of the one behind it. It is a [`Store`] by that.
pub trait Layer: Send + Sync {
    /// The store behind it.
    fn inner(&self) -> &dyn Store;

    /// Goes around a call. Nothing of the call has happened yet.
    fn around<'a, T, E>(&'a self, call: BoxFuture<'a, Result<T, E>>) -> BoxFuture<'a, Result<T, E>>
    where
        T: Send + 'a,
        E: From<StoreError> + Send + 'a;

    /// Goes around a call that waits until something happens: as around any other, where nothing
    /// else is said.
    fn around_waiting<'a, T, E>(
        &'a self,
        call: BoxFuture<'a, Result<T, E>>,
    ) -> BoxFuture<'a, Result<T, E>>
    where
        T: Send + 'a,
        E: From<StoreError> + Send + 'a,
    {
        self.around(call)
    }

    /// Appends: as any other call, where nothing else is said.
    fn append_through(&self, append: Append) -> BoxFuture<'_, Result<Seq, AppendError>> {
        self.around(self.inner().append(append))
    }
}

impl<L: Layer> Store for L {
    fn create_run(&self, new: NewRun) -> BoxFuture<'_, Result<(), StoreError>> {
        self.around(self.inner().create_run(new))
    }

    fn create_leased(
        &self,
        new: NewRun,
        request: LeaseRequest,
    ) -> BoxFuture<'_, Result<LeaseAnswer, StoreError>> {
        self.around(self.inner().create_leased(new, request))
    }

    fn head(&self, run: RunId) -> BoxFuture<'_, Result<RunHead, StoreError>> {
        self.around(self.inner().head(run))
    }

    fn runs(&self, filter: RunFilter) -> BoxFuture<'_, Result<Vec<RunHead>, StoreError>> {
        self.around(self.inner().runs(filter))
    }

    fn workflow(&self, digest: String) -> BoxFuture<'_, Result<Vec<u8>, StoreError>> {
        self.around(self.inner().workflow(digest))
    }

    fn append(&self, append: Append) -> BoxFuture<'_, Result<Seq, AppendError>> {
        self.append_through(append)
    }

    fn events(
        &self,
        run: RunId,
        after: Seq,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<StoredEvent>, StoreError>> {
        self.around(self.inner().events(run, after, limit))
    }

    fn wait_events(
        &self,
        run: RunId,
        after: Seq,
        wait_ms: Millis,
    ) -> BoxFuture<'_, Result<Seq, StoreError>> {
        self.around_waiting(self.inner().wait_events(run, after, wait_ms))
    }

    fn save_checkpoint(
        &self,
        run: RunId,
        checkpoint: StoredCheckpoint,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        self.around(self.inner().save_checkpoint(run, checkpoint))
    }

    fn latest_checkpoint(
        &self,
        run: RunId,
    ) -> BoxFuture<'_, Result<Option<StoredCheckpoint>, StoreError>> {
        self.around(self.inner().latest_checkpoint(run))
    }

    fn due(&self, now: Timestamp, limit: usize) -> BoxFuture<'_, Result<Vec<RunId>, StoreError>> {
        self.around(self.inner().due(now, limit))
    }

    fn acquire_lease(
        &self,
        request: LeaseRequest,
    ) -> BoxFuture<'_, Result<LeaseAnswer, StoreError>> {
        self.around(self.inner().acquire_lease(request))
    }

    fn renew_lease(&self, lease: Lease) -> BoxFuture<'_, Result<(), AppendError>> {
        self.around(self.inner().renew_lease(lease))
    }

    fn release_lease(&self, lease: Lease) -> BoxFuture<'_, Result<(), StoreError>> {
        self.around(self.inner().release_lease(lease))
    }

    fn lease(&self, run: RunId) -> BoxFuture<'_, Result<Option<Lease>, StoreError>> {
        self.around(self.inner().lease(run))
    }

    fn post_signal(
        &self,
        run: RunId,
        signal: StoredSignal,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        self.around(self.inner().post_signal(run, signal))
    }

    fn pending_signals(&self, run: RunId) -> BoxFuture<'_, Result<Vec<StoredSignal>, StoreError>> {
        self.around(self.inner().pending_signals(run))
    }

    fn wakes(
        &self,
        after: WakeCursor,
        wait_ms: Millis,
    ) -> BoxFuture<'_, Result<Wakes, StoreError>> {
        self.around_waiting(self.inner().wakes(after, wait_ms))
    }

    fn acquire_lock(
        &self,
        lock: String,
        run: RunId,
    ) -> BoxFuture<'_, Result<LockState, StoreError>> {
        self.around(self.inner().acquire_lock(lock, run))
    }

    fn release_lock(
        &self,
        lock: String,
        run: RunId,
    ) -> BoxFuture<'_, Result<LockState, StoreError>> {
        self.around(self.inner().release_lock(lock, run))
    }

    fn hand_lock(
        &self,
        lock: String,
        from: RunId,
        to: RunId,
    ) -> BoxFuture<'_, Result<LockState, StoreError>> {
        self.around(self.inner().hand_lock(lock, from, to))
    }

    fn remove_run(&self, run: RunId, now: Timestamp) -> BoxFuture<'_, Result<(), StoreError>> {
        self.around(self.inner().remove_run(run, now))
    }

    fn lock(&self, lock: String) -> BoxFuture<'_, Result<LockState, StoreError>> {
        self.around(self.inner().lock(lock))
    }
}

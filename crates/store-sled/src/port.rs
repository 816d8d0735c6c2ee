//! The port's face of the embedded store: each call, passed to where it is done.

use crate::change::Change;
use crate::published::State;
use crate::sled_store::SledStore;
use std::future::ready;
use windlass_model::{Millis, RunId, Seq, Timestamp};
use windlass_ports::BoxFuture;
use windlass_ports::store::{
    Append, AppendError, Lease, LeaseAnswer, LeaseRequest, LockState, NewRun, RunFilter, RunHead,
    Store, StoreError, StoredCheckpoint, StoredEvent, StoredSignal, WakeCursor, Wakes,
};

impl SledStore {
    /// Answers from the published books.
    fn look<'a, T: Send + 'a>(&self, read: impl FnOnce(&State) -> T) -> BoxFuture<'a, T> {
        Box::pin(ready(read(&self.published().read())))
    }
}

impl Store for SledStore {
    fn create_run(&self, new: NewRun) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.create(new))
    }

    fn create_leased(
        &self,
        new: NewRun,
        request: LeaseRequest,
    ) -> BoxFuture<'_, Result<LeaseAnswer, StoreError>> {
        Box::pin(self.create_with_lease(new, request))
    }

    fn head(&self, run: RunId) -> BoxFuture<'_, Result<RunHead, StoreError>> {
        self.look(|state| state.books.head(run))
    }

    fn runs(&self, filter: RunFilter) -> BoxFuture<'_, Result<Vec<RunHead>, StoreError>> {
        self.look(|state| Ok(state.books.heads(&filter)))
    }

    fn workflow(&self, digest: String) -> BoxFuture<'_, Result<Vec<u8>, StoreError>> {
        Box::pin(self.read_workflow(digest))
    }

    fn append(&self, append: Append) -> BoxFuture<'_, Result<Seq, AppendError>> {
        Box::pin(self.add(append))
    }

    fn events(
        &self,
        run: RunId,
        after: Seq,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<StoredEvent>, StoreError>> {
        Box::pin(self.read_events(run, after, limit))
    }

    fn wait_events(
        &self,
        run: RunId,
        after: Seq,
        wait_ms: Millis,
    ) -> BoxFuture<'_, Result<Seq, StoreError>> {
        Box::pin(async move {
            let last = |state: &State| state.books.run(run).map(|book| book.standing.seq);
            let moved = |state: &State| match last(state) {
                Ok(seq) => (seq > after).then_some(Ok(seq)),
                Err(error) => Some(Err(error)),
            };
            match self.published().wait(wait_ms, moved).await {
                Some(answer) => answer,
                None => last(&self.published().read()),
            }
        })
    }

    fn save_checkpoint(
        &self,
        run: RunId,
        checkpoint: StoredCheckpoint,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.checkpoint(run, checkpoint))
    }

    fn latest_checkpoint(
        &self,
        run: RunId,
    ) -> BoxFuture<'_, Result<Option<StoredCheckpoint>, StoreError>> {
        Box::pin(self.read_checkpoint(run))
    }

    fn due(&self, now: Timestamp, limit: usize) -> BoxFuture<'_, Result<Vec<RunId>, StoreError>> {
        self.look(|state| Ok(state.books.due(now, limit)))
    }

    fn acquire_lease(
        &self,
        request: LeaseRequest,
    ) -> BoxFuture<'_, Result<LeaseAnswer, StoreError>> {
        Box::pin(self.change(|waiter| Change::AcquireLease(request, waiter)))
    }

    fn renew_lease(&self, lease: Lease) -> BoxFuture<'_, Result<(), AppendError>> {
        Box::pin(self.change(|waiter| Change::RenewLease(lease, waiter)))
    }

    fn release_lease(&self, lease: Lease) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.change(|waiter| Change::ReleaseLease(lease, waiter)))
    }

    fn lease(&self, run: RunId) -> BoxFuture<'_, Result<Option<Lease>, StoreError>> {
        self.look(|state| Ok(state.books.run(run)?.lease.held.clone()))
    }

    fn post_signal(
        &self,
        run: RunId,
        signal: StoredSignal,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.post(run, signal))
    }

    fn pending_signals(&self, run: RunId) -> BoxFuture<'_, Result<Vec<StoredSignal>, StoreError>> {
        Box::pin(self.read_signals(run))
    }

    fn wakes(
        &self,
        after: WakeCursor,
        wait_ms: Millis,
    ) -> BoxFuture<'_, Result<Wakes, StoreError>> {
        Box::pin(async move {
            let woken = self.published().wait(wait_ms, |state| state.wakes.since(after)).await;
            Ok(woken.unwrap_or_else(|| self.published().read().wakes.nothing()))
        })
    }

    fn acquire_lock(
        &self,
        lock: String,
        run: RunId,
    ) -> BoxFuture<'_, Result<LockState, StoreError>> {
        Box::pin(self.change(move |waiter| Change::AcquireLock(lock, run, waiter)))
    }

    fn release_lock(
        &self,
        lock: String,
        run: RunId,
    ) -> BoxFuture<'_, Result<LockState, StoreError>> {
        Box::pin(self.change(move |waiter| Change::ReleaseLock(lock, run, waiter)))
    }

    fn hand_lock(
        &self,
        lock: String,
        from: RunId,
        to: RunId,
    ) -> BoxFuture<'_, Result<LockState, StoreError>> {
        Box::pin(self.change(move |waiter| Change::HandLock(lock, from, to, waiter)))
    }

    fn remove_run(&self, run: RunId, now: Timestamp) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.change(move |waiter| Change::RemoveRun(run, now, waiter)))
    }

    fn lock(&self, lock: String) -> BoxFuture<'_, Result<LockState, StoreError>> {
        self.look(|state| {
            let found = state.books.locks.get(&lock);
            Ok(found.map(|lock| lock.state.clone()).unwrap_or_default())
        })
    }
}

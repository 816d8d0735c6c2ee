//! The port's face of the shared store. Every call here may be made twice without harm, so after a
//! change of holder it is simply made again; those that may not are settled in `shared_store`.

use super::protocol::{Bytes, Call};
use super::seat::Seat;
use super::shared_store::SharedStore;
use windlass_model::{Millis, RunId, Seq, Timestamp};
use windlass_ports::BoxFuture;
use windlass_ports::store::{
    Append, AppendError, Lease, LeaseAnswer, LeaseRequest, LockState, NewRun, RunFilter, RunHead,
    Store, StoreError, StoredCheckpoint, StoredEvent, StoredSignal, WakeCursor, Wakes,
};

/// Makes a call, here or at the holder's, until somebody answers.
macro_rules! ask {
    ($shared:ident, $store:ident => $here:expr, $call:expr) => {
        Box::pin(async move {
            loop {
                let seat = $shared.seat();
                let answer = match &*seat {
                    Seat::Holder(held) => {
                        let $store = &held.store;
                        return $here.await;
                    }
                    Seat::Guest(link) => link.ask(&$call).await,
                };
                match answer {
                    Ok(answer) => return answer,
                    Err(_lost) => $shared.reseat(seat).await?,
                }
            }
        })
    };
}

impl Store for SharedStore {
    fn create_run(&self, new: NewRun) -> BoxFuture<'_, Result<(), StoreError>> {
        ask!(self, store => store.create_run(new), Call::CreateRun(new.clone()))
    }

    fn create_leased(
        &self,
        new: NewRun,
        request: LeaseRequest,
    ) -> BoxFuture<'_, Result<LeaseAnswer, StoreError>> {
        ask!(
            self,
            store => store.create_leased(new, request),
            Call::CreateLeased { new: new.clone(), request: request.clone() }
        )
    }

    fn head(&self, run: RunId) -> BoxFuture<'_, Result<RunHead, StoreError>> {
        ask!(self, store => store.head(run), Call::Head(run))
    }

    fn runs(&self, filter: RunFilter) -> BoxFuture<'_, Result<Vec<RunHead>, StoreError>> {
        ask!(self, store => store.runs(filter), Call::Runs(filter.clone()))
    }

    fn workflow(&self, digest: String) -> BoxFuture<'_, Result<Vec<u8>, StoreError>> {
        let bytes: BoxFuture<'_, Result<Bytes, StoreError>> = ask!(
            self,
            store => async { store.workflow(digest).await.map(Bytes) },
            Call::Workflow(digest.clone())
        );
        Box::pin(async move { bytes.await.map(|bytes| bytes.0) })
    }

    fn append(&self, append: Append) -> BoxFuture<'_, Result<Seq, AppendError>> {
        Box::pin(self.append_once(append))
    }

    fn events(
        &self,
        run: RunId,
        after: Seq,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<StoredEvent>, StoreError>> {
        Box::pin(self.all_events(run, after, limit))
    }

    fn wait_events(
        &self,
        run: RunId,
        after: Seq,
        wait_ms: Millis,
    ) -> BoxFuture<'_, Result<Seq, StoreError>> {
        let call = Call::WaitEvents { run, after, wait_ms };
        ask!(self, store => store.wait_events(run, after, wait_ms), call)
    }

    fn save_checkpoint(
        &self,
        run: RunId,
        checkpoint: StoredCheckpoint,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        ask!(
            self,
            store => store.save_checkpoint(run, checkpoint),
            Call::SaveCheckpoint { run, checkpoint: checkpoint.clone() }
        )
    }

    fn latest_checkpoint(
        &self,
        run: RunId,
    ) -> BoxFuture<'_, Result<Option<StoredCheckpoint>, StoreError>> {
        ask!(self, store => store.latest_checkpoint(run), Call::LatestCheckpoint(run))
    }

    fn due(&self, now: Timestamp, limit: usize) -> BoxFuture<'_, Result<Vec<RunId>, StoreError>> {
        ask!(self, store => store.due(now, limit), Call::Due { now, limit })
    }

    fn acquire_lease(
        &self,
        request: LeaseRequest,
    ) -> BoxFuture<'_, Result<LeaseAnswer, StoreError>> {
        ask!(self, store => store.acquire_lease(request), Call::AcquireLease(request.clone()))
    }

    fn renew_lease(&self, lease: Lease) -> BoxFuture<'_, Result<(), AppendError>> {
        ask!(self, store => store.renew_lease(lease), Call::RenewLease(lease.clone()))
    }

    fn release_lease(&self, lease: Lease) -> BoxFuture<'_, Result<(), StoreError>> {
        ask!(self, store => store.release_lease(lease), Call::ReleaseLease(lease.clone()))
    }

    fn lease(&self, run: RunId) -> BoxFuture<'_, Result<Option<Lease>, StoreError>> {
        ask!(self, store => store.lease(run), Call::Lease(run))
    }

    fn post_signal(
        &self,
        run: RunId,
        signal: StoredSignal,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        ask!(
            self,
            store => store.post_signal(run, signal),
            Call::PostSignal { run, signal: signal.clone() }
        )
    }

    fn pending_signals(&self, run: RunId) -> BoxFuture<'_, Result<Vec<StoredSignal>, StoreError>> {
        ask!(self, store => store.pending_signals(run), Call::PendingSignals(run))
    }

    fn wakes(
        &self,
        after: WakeCursor,
        wait_ms: Millis,
    ) -> BoxFuture<'_, Result<Wakes, StoreError>> {
        ask!(self, store => store.wakes(after, wait_ms), Call::Wakes { after, wait_ms })
    }

    fn acquire_lock(
        &self,
        lock: String,
        run: RunId,
    ) -> BoxFuture<'_, Result<LockState, StoreError>> {
        ask!(
            self,
            store => store.acquire_lock(lock, run),
            Call::AcquireLock { lock: lock.clone(), run }
        )
    }

    fn release_lock(
        &self,
        lock: String,
        run: RunId,
    ) -> BoxFuture<'_, Result<LockState, StoreError>> {
        ask!(
            self,
            store => store.release_lock(lock, run),
            Call::ReleaseLock { lock: lock.clone(), run }
        )
    }

    fn hand_lock(
        &self,
        lock: String,
        from: RunId,
        to: RunId,
    ) -> BoxFuture<'_, Result<LockState, StoreError>> {
        Box::pin(self.hand_once(lock, from, to))
    }

    fn remove_run(&self, run: RunId, now: Timestamp) -> BoxFuture<'_, Result<(), StoreError>> {
        ask!(self, store => store.remove_run(run, now), Call::RemoveRun { run, now })
    }

    fn lock(&self, lock: String) -> BoxFuture<'_, Result<LockState, StoreError>> {
        ask!(self, store => store.lock(lock), Call::Lock(lock.clone()))
    }
}

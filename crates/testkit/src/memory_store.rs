//! A store in memory with every semantic of the port, for tests. Clones share what they hold, so
//! that an engine can be thrown away and its store looked at. Nothing outlives the process.

use crate::memory_state::MemoryState;
use std::future::ready;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use windlass_model::{Millis, RunId, Seq, Timestamp};
use windlass_ports::BoxFuture;
use windlass_ports::store::{
    Append, AppendError, Lease, LeaseAnswer, LeaseRequest, LockState, NewRun, RunFilter, RunHead,
    Store, StoreError, StoredCheckpoint, StoredEvent, StoredSignal, WakeCursor, Wakes,
};

/// The store.
#[derive(Clone, Debug)]
pub struct MemoryStore {
    state: Arc<Mutex<MemoryState>>,
    /// Moves with every change that somebody may wait for.
    changes: watch::Sender<u64>,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self { state: Arc::default(), changes: watch::Sender::new(0) }
    }

    fn state(&self) -> MutexGuard<'_, MemoryState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something that somebody may wait for.
    fn change<T>(&self, act: impl FnOnce(&mut MemoryState) -> T) -> T {
        let outcome = act(&mut self.state());
        self.changes.send_modify(|count| *count += 1);
        outcome
    }

    /// Asks until there is an answer or the time is over, each time something changed. Needs no
    /// runtime where nothing is waited for, so that a simulation may ask too.
    async fn wait<T>(&self, wait_ms: Millis, ask: impl Fn(&MemoryState) -> Option<T>) -> Option<T> {
        let at_once = ask(&self.state());
        if at_once.is_some() || wait_ms == 0 {
            return at_once;
        }
        let mut changes = self.changes.subscribe();
        let answered = async {
            loop {
                changes.borrow_and_update();
                if let Some(answer) = ask(&self.state()) {
                    return Some(answer);
                }
                changes.changed().await.ok()?;
            }
        };
        let wait = Duration::from_millis(wait_ms);
        tokio::time::timeout(wait, answered).await.ok().flatten()
    }
}

fn now<'a, T: Send + 'a>(value: T) -> BoxFuture<'a, T> {
    Box::pin(ready(value))
}

impl Store for MemoryStore {
    fn create_run(&self, new: NewRun) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move { self.change(|state| state.create_run(new)) })
    }

    fn head(&self, run: RunId) -> BoxFuture<'_, Result<RunHead, StoreError>> {
        now(self.state().head(run))
    }

    fn runs(&self, filter: RunFilter) -> BoxFuture<'_, Result<Vec<RunHead>, StoreError>> {
        now(Ok(self.state().runs(&filter)))
    }

    fn workflow(&self, digest: String) -> BoxFuture<'_, Result<Vec<u8>, StoreError>> {
        now(self.state().workflow(&digest))
    }

    fn append(&self, append: Append) -> BoxFuture<'_, Result<Seq, AppendError>> {
        Box::pin(async move { self.change(|state| state.append(append)) })
    }

    fn events(
        &self,
        run: RunId,
        after: Seq,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<StoredEvent>, StoreError>> {
        now(self.state().events(run, after, limit))
    }

    fn wait_events(
        &self,
        run: RunId,
        after: Seq,
        wait_ms: Millis,
    ) -> BoxFuture<'_, Result<Seq, StoreError>> {
        Box::pin(async move {
            let moved = |state: &MemoryState| match state.head(run) {
                Ok(head) => (head.seq > after).then_some(Ok(head.seq)),
                Err(error) => Some(Err(error)),
            };
            match self.wait(wait_ms, moved).await {
                Some(answer) => answer,
                None => self.state().head(run).map(|head| head.seq),
            }
        })
    }

    fn save_checkpoint(
        &self,
        run: RunId,
        checkpoint: StoredCheckpoint,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move { self.state().save_checkpoint(run, checkpoint) })
    }

    fn latest_checkpoint(
        &self,
        run: RunId,
    ) -> BoxFuture<'_, Result<Option<StoredCheckpoint>, StoreError>> {
        now(self.state().latest_checkpoint(run))
    }

    fn due(&self, at: Timestamp, limit: usize) -> BoxFuture<'_, Result<Vec<RunId>, StoreError>> {
        now(Ok(self.state().due(at, limit)))
    }

    fn acquire_lease(
        &self,
        request: LeaseRequest,
    ) -> BoxFuture<'_, Result<LeaseAnswer, StoreError>> {
        Box::pin(async move { self.state().acquire_lease(request) })
    }

    fn renew_lease(&self, lease: Lease) -> BoxFuture<'_, Result<(), AppendError>> {
        Box::pin(async move { self.state().renew_lease(&lease) })
    }

    fn release_lease(&self, lease: Lease) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move { self.state().release_lease(&lease) })
    }

    fn lease(&self, run: RunId) -> BoxFuture<'_, Result<Option<Lease>, StoreError>> {
        now(self.state().lease(run))
    }

    fn post_signal(
        &self,
        run: RunId,
        signal: StoredSignal,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move { self.change(|state| state.post_signal(run, signal)).map(|_| ()) })
    }

    fn pending_signals(&self, run: RunId) -> BoxFuture<'_, Result<Vec<StoredSignal>, StoreError>> {
        now(self.state().pending_signals(run))
    }

    fn wakes(
        &self,
        after: WakeCursor,
        wait_ms: Millis,
    ) -> BoxFuture<'_, Result<Wakes, StoreError>> {
        Box::pin(async move {
            let woken = self.wait(wait_ms, |state| state.wakes.since(after)).await;
            Ok(woken.unwrap_or_else(|| self.state().wakes.nothing()))
        })
    }

    fn acquire_lock(
        &self,
        lock: String,
        run: RunId,
    ) -> BoxFuture<'_, Result<LockState, StoreError>> {
        Box::pin(async move { self.change(|state| state.acquire_lock(lock, run)) })
    }

    fn release_lock(
        &self,
        lock: String,
        run: RunId,
    ) -> BoxFuture<'_, Result<LockState, StoreError>> {
        Box::pin(async move { self.change(|state| state.release_lock(lock, run)) })
    }

    fn hand_lock(
        &self,
        lock: String,
        from: RunId,
        to: RunId,
    ) -> BoxFuture<'_, Result<LockState, StoreError>> {
        Box::pin(async move { self.change(|state| state.hand_lock(lock, from, to)) })
    }

    fn remove_run(&self, run: RunId, at: Timestamp) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move { self.change(|state| state.remove_run(run, at)) })
    }

    fn lock(&self, lock: String) -> BoxFuture<'_, Result<LockState, StoreError>> {
        now(Ok(self.state().lock(&lock)))
    }
}

//! The store as every process sees it, whoever holds it. A change of holder is invisible: reads are
//! asked again, and of a write whose acknowledgement was lost the store itself tells what became of
//! it.

use super::protocol::{Call, Slice};
use super::seat::{Holder, Seat};
use crate::layout::{Layout, make_folder};
use crate::open_error::OpenError;
use crate::settings::Settings;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use windlass_model::{RunId, Seq};
use windlass_ports::store::{Append, AppendError, LockState, Store, StoreError, StoredEvent};

/// The store. Dropping the last handle closes what this process holds of it.
#[derive(Debug)]
pub struct SharedStore {
    layout: Layout,
    temporary: PathBuf,
    settings: Settings,
    seat: Mutex<Arc<Seat>>,
    /// Held by the one call that takes a new seat for all of this process.
    taking: tokio::sync::Mutex<()>,
}

impl SharedStore {
    /// Opens the store in a folder, or becomes a guest of the process that has it open.
    pub async fn open(folder: &Path) -> Result<Arc<Self>, OpenError> {
        Self::open_with(folder, Settings::default()).await
    }

    /// The same with other settings, which count where this process holds it.
    pub async fn open_with(folder: &Path, settings: Settings) -> Result<Arc<Self>, OpenError> {
        let io = |source| OpenError::Io {
            store: folder.to_path_buf(),
            what: "making its folder",
            source,
        };
        make_folder(folder).map_err(io)?;
        // One store has one name, however it is called: the socket's place depends on it.
        let layout = Layout::new(&folder.canonicalize().map_err(io)?);
        let temporary = std::env::temp_dir();
        let seat = Seat::take(&layout, &temporary, settings).await?;
        let (seat, taking) = (Mutex::new(Arc::new(seat)), tokio::sync::Mutex::new(()));
        Ok(Arc::new(Self { layout, temporary, settings, seat, taking }))
    }

    /// Who has the store open.
    pub fn holder(&self) -> Holder {
        self.seat().holder()
    }

    /// Why this process cannot write any more, where it holds the store and met an error.
    pub fn broken(&self) -> Option<String> {
        match &*self.seat() {
            Seat::Holder(held) => held.store.broken(),
            Seat::Guest(_) => None,
        }
    }

    /// How many groups of changes were written since this process holds the store; a guest cannot
    /// tell.
    pub fn groups(&self) -> Option<u64> {
        match &*self.seat() {
            Seat::Holder(held) => Some(held.store.groups()),
            Seat::Guest(_) => None,
        }
    }

    /// Runs whose history was found damaged, where this process holds the store; a guest cannot
    /// tell.
    pub fn damaged(&self) -> Option<Vec<(RunId, String)>> {
        match &*self.seat() {
            Seat::Holder(held) => Some(held.store.damaged()),
            Seat::Guest(_) => None,
        }
    }

    /// Lets go of the store and returns once another process can open it. Where other handles are
    /// in use the last of them closes it, and this returns at once.
    pub async fn close(self: Arc<Self>) {
        let Some(last) = Arc::into_inner(self) else { return };
        let closed = match &*last.seat() {
            Seat::Holder(held) => Some(held.store.closed()),
            Seat::Guest(_) => None,
        };
        drop(last);
        if let Some(closed) = closed {
            closed.await;
        }
    }

    /// The present way to the store.
    pub(super) fn seat(&self) -> Arc<Seat> {
        self.seat.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes a new seat in place of one that was lost, once for all calls that lost it.
    pub(super) async fn reseat(&self, lost: Arc<Seat>) -> Result<(), StoreError> {
        let _taking = self.taking.lock().await;
        if !Arc::ptr_eq(&lost, &self.seat()) {
            return Ok(());
        }
        drop(lost);
        let taken = Seat::take(&self.layout, &self.temporary, self.settings).await;
        let seat = taken.map_err(|error| match error {
            OpenError::Damaged { .. } | OpenError::Behind { .. } => {
                StoreError::Corrupt(error.to_string())
            }
            _ => StoreError::Unavailable(error.to_string()),
        })?;
        tracing::info!(holder = ?seat.holder(), "the store changed hands");
        *self.seat.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(seat);
        Ok(())
    }

    /// Appends. After a lost acknowledgement the same append is sent again: if the first one
    /// arrived, it meets a conflict, and the events that stand there tell whether they are ours.
    pub(super) async fn append_once(&self, append: Append) -> Result<Seq, AppendError> {
        let mut in_doubt = false;
        loop {
            let seat = self.seat();
            let answer = match &*seat {
                Seat::Holder(held) => Ok(held.store.append(append.clone()).await),
                Seat::Guest(link) => link.ask(&Call::Append(append.clone())).await,
            };
            match answer {
                Ok(Err(AppendError::Conflict { .. }))
                    if in_doubt && self.is_there(&append).await? =>
                {
                    return Ok(append.expected + append.events.len() as Seq);
                }
                Ok(answer) => return answer,
                Err(_lost) => {
                    in_doubt = true;
                    self.reseat(seat).await?;
                }
            }
        }
    }

    async fn is_there(&self, append: &Append) -> Result<bool, StoreError> {
        let there = self.events(append.run, append.expected, append.events.len()).await?;
        let there: Vec<_> = there.into_iter().map(|event| event.bytes).collect();
        Ok(!there.is_empty() && there == append.events)
    }

    /// Hands a lock on. After a lost acknowledgement the lock itself tells whether that was done.
    pub(super) async fn hand_once(
        &self,
        lock: String,
        from: RunId,
        to: RunId,
    ) -> Result<LockState, StoreError> {
        let mut in_doubt = false;
        loop {
            let seat = self.seat();
            let answer = match &*seat {
                Seat::Holder(held) => Ok(held.store.hand_lock(lock.clone(), from, to).await),
                Seat::Guest(link) => {
                    link.ask(&Call::HandLock { lock: lock.clone(), from, to }).await
                }
            };
            match answer {
                Ok(Err(StoreError::Refused(why))) if in_doubt => {
                    let state = self.lock(lock).await?;
                    let done = state.holder == Some(to);
                    return if done { Ok(state) } else { Err(StoreError::Refused(why)) };
                }
                Ok(answer) => return answer,
                Err(_lost) => {
                    in_doubt = true;
                    self.reseat(seat).await?;
                }
            }
        }
    }

    /// Reads events slice by slice, as the holder cuts them.
    pub(super) async fn all_events(
        &self,
        run: RunId,
        after: Seq,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let mut events = Vec::new();
        loop {
            let seat = self.seat();
            let (after, limit) = (after + events.len() as Seq, limit - events.len());
            let answer: Result<Result<Slice, StoreError>, _> = match &*seat {
                Seat::Holder(held) => {
                    events.extend(held.store.events(run, after, limit).await?);
                    return Ok(events);
                }
                Seat::Guest(link) => link.ask(&Call::Events { run, after, limit }).await,
            };
            match answer {
                Ok(slice) => {
                    let slice = slice?;
                    events.extend(slice.events);
                    if !slice.more {
                        return Ok(events);
                    }
                }
                Err(_lost) => self.reseat(seat).await?,
            }
        }
    }
}

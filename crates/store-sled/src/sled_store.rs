//! The embedded store: the port over journal and index. Writes go to the one committer; reads of
//! many runs come from its published books, reads of records from a thread that may block. It must
//! not know who uses it, nor from where.

use crate::change::{
    Change, Waiter, answered, pack_append, pack_checkpoint, pack_run, pack_signal, take_objects,
};
use crate::committer::{Broken, Committer};
use crate::compaction::Compaction;
use crate::indexer::Indexer;
use crate::layout::{Layout, make_folder};
use crate::lock_file::{LockFile, holder_of};
use crate::open_error::OpenError;
use crate::opening::{Opened, open_store};
use crate::published::{Published, State};
use crate::reading::{ReadError, ReadResult, Reader};
use crate::record::{Object, Packed};
use crate::room::Room;
use crate::settings::Settings;
use crate::suspect::Suspect;
use crate::sweep::is_named;
use crate::table::Writes;
use std::fs::File;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot, watch};
use windlass_model::{Millis, RunId, Seq};
use windlass_ports::StoreError;
use windlass_ports::store::{
    Append, AppendError, LeaseAnswer, LeaseRequest, NewRun, StoredCheckpoint, StoredEvent,
    StoredSignal,
};

/// Changes that may wait for the committer; who comes later waits outside. Four full groups.
const CHANGES_MAX: usize = 1024;

/// How long a reader waits for a page before it asks whether the committer still works. A sync
/// takes less on any disk that does.
const PUBLISH_WAIT_MS: Millis = 1_000;

/// The store, open. Dropping the last handle closes it cleanly.
pub struct SledStore {
    open: Arc<Open>,
}

/// Fields in the order in which they must go: the committer, the indexer, then sled, then the lock,
/// then the word of it.
struct Open {
    changes: Option<mpsc::Sender<Change>>,
    committer: Option<JoinHandle<()>>,
    indexer: Option<JoinHandle<()>>,
    published: Arc<Published>,
    broken: Broken,
    mended: Option<String>,
    suspect: Suspect,
    reader: Reader,
    room: Room,
    _lock: LockFile,
    closed: watch::Sender<()>,
}

impl Drop for Open {
    fn drop(&mut self) {
        drop(self.changes.take());
        for thread in [self.committer.take(), self.indexer.take()].into_iter().flatten() {
            // Its panics are caught inside, and told as the store's failure.
            drop(thread.join());
        }
    }
}

impl SledStore {
    /// Opens the store in a folder, or makes one where there is none. Blocks for as long as sled
    /// takes.
    pub fn open(folder: &Path) -> Result<Self, OpenError> {
        Self::open_with(folder, Settings::default())
    }

    /// The same with other settings.
    pub fn open_with(folder: &Path, settings: Settings) -> Result<Self, OpenError> {
        let layout = Layout::new(folder);
        let io = |what| move |source| OpenError::Io { store: folder.to_path_buf(), what, source };
        make_folder(folder).map_err(io("making its folder"))?;
        let lock = LockFile::take(&layout.lock()).map_err(io("taking its lock"))?;
        let Some(lock) = lock else {
            let holder = holder_of(&layout.lock());
            return Err(OpenError::Held { store: folder.to_path_buf(), holder });
        };
        let opened = open_store(&layout)?;
        let swept =
            opened.reader.objects.sweep(|name| is_named(&opened.reader.index, &opened.books, name));
        swept.map_err(io("clearing its objects"))?;
        let db = File::open(layout.db()).map_err(io("opening its file `sled/db`"))?;
        let Opened { log, reader, books, height, mended } = opened;
        let (broken, suspect): (Broken, _) = (Arc::new(OnceLock::new()), Suspect::of(&layout));
        let published = Arc::new(Published::new(books.clone(), height.changes + 1));
        let (fresh, trees) = (reader.index.fresh.clone(), reader.index.trees.clone());
        let (changes, received) = mpsc::channel(CHANGES_MAX);
        let indexer = Indexer {
            fresh,
            trees,
            db,
            changes: changes.downgrade(),
            broken: broken.clone(),
            suspect: suspect.clone(),
        };
        let committer = Committer {
            log,
            index: reader.index.clone(),
            objects: reader.objects.clone(),
            published: published.clone(),
            broken: broken.clone(),
            suspect: suspect.clone(),
            height,
            staged: Writes::default(),
            compaction: Compaction::new(settings.journal_bytes_floor),
            forgotten: Vec::new(),
            payload: Vec::new(),
        };
        let thread = |name: &str| std::thread::Builder::new().name(name.to_owned());
        let indexer = thread("windlass-index").spawn(move || indexer.run());
        let indexer = indexer.map_err(io("starting a thread"))?;
        let committer = thread("windlass-commit").spawn(move || committer.run(books, received));
        let committer = Some(committer.map_err(io("starting a thread"))?);
        let changes = Some(changes);
        let open = Open {
            changes,
            committer,
            indexer: Some(indexer),
            published,
            broken,
            mended,
            suspect,
            reader,
            room: Room::new(folder, settings.free_bytes_floor),
            _lock: lock,
            closed: watch::Sender::new(()),
        };
        Ok(Self { open: Arc::new(open) })
    }

    /// The readers' side.
    pub(crate) fn published(&self) -> &Published {
        &self.open.published
    }

    /// Why the store cannot write any more; absent while it can.
    pub fn broken(&self) -> Option<String> {
        self.open.broken.get().cloned()
    }

    /// How many groups of changes were written since it was opened: what stands still while nobody
    /// works.
    pub fn groups(&self) -> u64 {
        self.published().groups()
    }

    /// Runs whose history was found damaged at open, and what is wrong. They cannot be driven.
    pub fn damaged(&self) -> Vec<(RunId, String)> {
        let state = self.published().read();
        let all = state.books.all();
        all.filter_map(|(run, book)| Some((run, book.damage.as_ref()?.to_string()))).collect()
    }

    /// What was mended at open, in a sentence.
    pub fn mended(&self) -> Option<&str> {
        self.open.mended.as_deref()
    }

    /// Ends once the store is closed and its lock is free. Does not keep it open.
    pub fn closed(&self) -> impl Future<Output = ()> + use<> {
        let mut closed = self.open.closed.subscribe();
        async move { while closed.changed().await.is_ok() {} }
    }

    /// Checks every byte of a run's history, ended or not.
    pub async fn verify(&self, run: RunId) -> Result<(), StoreError> {
        let last = self.last(run)?;
        let read = self.blocking(move |reader| reader.verify(run, last)).await;
        self.unless_removed(run, read)
    }

    fn last(&self, run: RunId) -> Result<Seq, StoreError> {
        Ok(self.published().read().books.run(run)?.standing.seq)
    }

    fn away(&self) -> StoreError {
        let why = self.broken().unwrap_or_else(|| "it was closed".to_owned());
        StoreError::Unavailable(format!("{why}; end this process and start again"))
    }

    /// Sends a change to the committer and waits until it is durable or refused.
    pub(crate) async fn change<T, E: From<StoreError>>(
        &self,
        make: impl FnOnce(Waiter<T, E>) -> Change,
    ) -> Result<T, E> {
        let (waiter, answer) = oneshot::channel();
        let Some(changes) = &self.open.changes else { return Err(self.away().into()) };
        if changes.send(make(waiter)).await.is_err() {
            return Err(self.away().into());
        }
        answered(changes, answer, || self.away()).await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Reader) -> ReadResult<T> + Send + 'static,
    ) -> ReadResult<T> {
        // The store stays open until the reading has ended.
        let open = self.open.clone();
        let done = tokio::task::spawn_blocking(move || read(&open.reader)).await;
        match done {
            Ok(read) => read,
            // The runtime ends, and whoever asks with it; nothing is wrong with what lies there.
            Err(error) if error.is_cancelled() => std::future::pending().await,
            Err(error) => Err(ReadError::Ended(error.to_string())),
        }
    }

    /// Makes large records durable before the change that names them.
    async fn keep(&self, objects: Vec<Object>) -> Result<(), StoreError> {
        if objects.is_empty() {
            return Ok(());
        }
        let written = move |reader: &Reader| {
            let mut objects = objects.iter();
            Ok(objects.try_for_each(|object| reader.objects.keep(object)))
        };
        let kept = self.blocking(written).await?;
        kept.map_err(|error| StoreError::Unavailable(format!("a large record: {error}")))
    }

    async fn keep_one(&self, packed: &mut Packed) -> Result<(), StoreError> {
        self.keep(take_objects([packed])).await
    }

    /// Whether there is room for a run. One that is there already is only asked for again.
    fn has_room(&self, run: RunId) -> Result<(), StoreError> {
        if self.published().read().books.find(run).is_some() {
            return Ok(());
        }
        self.open.room.for_a_new_run()
    }

    pub(crate) async fn create(&self, mut new: NewRun) -> Result<(), StoreError> {
        self.has_room(new.head.run)?;
        let mut packed = pack_run(&mut new)?;
        self.keep_one(&mut packed).await?;
        self.change(|waiter| Change::CreateRun(new, Box::new(packed), waiter)).await
    }

    pub(crate) async fn create_with_lease(
        &self,
        mut new: NewRun,
        request: LeaseRequest,
    ) -> Result<LeaseAnswer, StoreError> {
        self.has_room(new.head.run)?;
        let mut packed = pack_run(&mut new)?;
        self.keep_one(&mut packed).await?;
        let packed = Box::new(packed);
        self.change(|waiter| Change::CreateLeased(new, packed, request, waiter)).await
    }

    pub(crate) async fn add(&self, append: Append) -> Result<Seq, AppendError> {
        let mut packed = pack_append(append)?;
        self.keep(take_objects(&mut packed.records)).await?;
        self.change(|waiter| Change::Append(packed, waiter)).await
    }

    pub(crate) async fn checkpoint(
        &self,
        run: RunId,
        checkpoint: StoredCheckpoint,
    ) -> Result<(), StoreError> {
        let seq = checkpoint.seq;
        let mut packed = pack_checkpoint(run, checkpoint)?;
        self.keep_one(&mut packed).await?;
        self.change(|waiter| Change::SaveCheckpoint(run, seq, packed, waiter)).await
    }

    pub(crate) async fn post(&self, run: RunId, signal: StoredSignal) -> Result<(), StoreError> {
        let id = signal.id;
        let mut packed = pack_signal(run, signal)?;
        self.keep_one(&mut packed).await?;
        self.change(|waiter| Change::PostSignal(run, id, packed, waiter)).await
    }

    pub(crate) async fn read_workflow(&self, digest: String) -> Result<Vec<u8>, StoreError> {
        let read = self.blocking(move |reader| reader.workflow(&digest)).await;
        self.suspected(read)
    }

    pub(crate) async fn read_events(
        &self,
        run: RunId,
        after: Seq,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let last = self.last(run)?;
        if after >= last || limit == 0 {
            return Ok(Vec::new());
        }
        let read = self.blocking(move |reader| reader.events(run, after, last, limit)).await;
        self.unless_removed(run, read)
    }

    /// A run that is removed while it is read is not damaged.
    fn unless_removed<T>(&self, run: RunId, read: ReadResult<T>) -> Result<T, StoreError> {
        if read.is_err() {
            self.last(run)?;
        }
        self.suspected(read)
    }

    /// Lets the next open make the index anew where a record in it is damaged: the journal has it.
    fn suspected<T>(&self, read: ReadResult<T>) -> Result<T, StoreError> {
        if let Err(ReadError::Index(error)) = &read
            && !self.open.suspect.is_in_vain(&error.to_string())
        {
            self.open.suspect.meets(error);
        }
        Ok(read?)
    }

    pub(crate) async fn read_checkpoint(
        &self,
        run: RunId,
    ) -> Result<Option<StoredCheckpoint>, StoreError> {
        if self.published().read().books.run(run)?.checkpoint.is_none() {
            return Ok(None);
        }
        let read = self.blocking(move |reader| reader.checkpoint(run)).await;
        self.unless_removed(run, read.map(Some))
    }

    /// The signals of the published page, all or again: a row that is empty already belongs to an
    /// append whose events are not visible yet, and a signal must not be gone before they are.
    pub(crate) async fn read_signals(&self, run: RunId) -> Result<Vec<StoredSignal>, StoreError> {
        loop {
            let listed = self.published().read().books.run(run)?.signals.clone();
            if listed.pending.is_empty() {
                return Ok(Vec::new());
            }
            let ids: Vec<_> = listed.pending.values().copied().collect();
            let read = move |reader: &Reader| {
                ids.iter().map(|id| reader.signal(run, *id)).collect::<Result<Option<_>, _>>()
            };
            let read = self.blocking(read).await;
            if let Some(signals) = self.unless_removed(run, read)? {
                return Ok(signals);
            }
            let replaced = |state: &State| {
                let now = state.books.find(run);
                now.is_none_or(|now| now.signals.pending != listed.pending).then_some(())
            };
            let published = self.published().wait(PUBLISH_WAIT_MS, replaced).await;
            if published.is_none() && self.broken().is_some() {
                return Err(self.away());
            }
        }
    }
}

//! The store: durable, dumb, fenced. It never looks inside an event, a checkpoint or a signal:
//! bytes in, the same bytes out. Chain and encryption are done above it, over the exact bytes that
//! it keeps.
//!
//! All types serialize, because the holder of an embedded store serves this very trait to other
//! processes.

use crate::future::BoxFuture;
use serde::{Deserialize, Serialize};
use windlass_model::{Millis, Phase, RunId, Seq, SignalId, Timestamp};

/// Fencing number of a lease; grows with every change of hands.
pub type Epoch = u64;

/// Cursor over wakes; grows with every signal posted and lock granted.
pub type WakeCursor = u64;

/// Largest single record (event, signal, checkpoint, workflow) a store must take, in bytes. Bigger
/// than any output kept in history (64 KiB) and any workflow file (1 MiB) once resolved; a store
/// chunks as it must.
pub const RECORD_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Most signals that wait for one run: whoever drives it hears them at once, so that
/// more are a script that talks to a run which nobody drives, and each is read at every look.
pub const SIGNALS_PENDING_MAX: usize = 1_000;

/// What a store keeps about a run outside its events, for lists and timers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunHead {
    /// Which run.
    pub run: RunId,
    /// The workflow's name.
    pub workflow: String,
    /// The lock's name; absent where the workflow takes none.
    pub lock: Option<String>,
    /// The environment's name.
    pub environment: String,
    /// Where the run stands.
    pub phase: Phase,
    /// When it was created, by its own clock.
    pub started_at: Timestamp,
    /// When its last event was decided.
    pub updated_at: Timestamp,
    /// Its last event; zero before the first.
    pub seq: Seq,
    /// When its next timer is due, where it has one.
    pub due: Option<Timestamp>,
    /// Lower-case hex SHA-256 of the resolved workflow's bytes.
    pub workflow_digest: String,
}

/// A run to be created, with its resolved workflow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewRun {
    /// The head; `seq` is zero.
    pub head: RunHead,
    /// The workflow's bytes, kept once under the head's digest.
    #[serde(with = "bytes_base64")]
    pub workflow: Vec<u8>,
}

/// A lease: who may append to a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lease {
    /// Which run.
    pub run: RunId,
    /// Who holds it; compared as text only.
    pub owner: String,
    /// The fencing number that appends must carry.
    pub epoch: Epoch,
    /// When others may take it, by the wall clock.
    pub expires: Timestamp,
}

/// A wish for a lease.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeaseRequest {
    /// Which run.
    pub run: RunId,
    /// Who asks.
    pub owner: String,
    /// The wall clock of who asks.
    pub now: Timestamp,
    /// For how long, in milliseconds.
    pub ttl_ms: Millis,
    /// An epoch whose holder is known to be dead, so that its time need not be waited for.
    pub displaces: Option<Epoch>,
}

/// The answer to a wish for a lease.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum LeaseAnswer {
    /// Granted, durably.
    Granted(Lease),
    /// Somebody else holds it.
    Held(Lease),
}

/// Events to be added to a run, all or none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Append {
    /// Which run.
    pub run: RunId,
    /// The last event that the writer knows; the first new one gets the number after it.
    pub expected: Seq,
    /// The writer's lease.
    pub epoch: Epoch,
    /// The records, in order.
    #[serde(with = "bytes_list_base64")]
    pub events: Vec<Vec<u8>>,
    /// The run's phase after them.
    pub phase: Phase,
    /// When the last of them was decided.
    pub updated_at: Timestamp,
    /// When the run's next timer is due.
    pub due: Option<Timestamp>,
    /// Signals that these events answer; they are deleted in the same write.
    pub consumed_signals: Vec<SignalId>,
}

/// One stored event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredEvent {
    /// Its number.
    pub seq: Seq,
    /// Its record, exactly as appended.
    #[serde(with = "bytes_base64")]
    pub bytes: Vec<u8>,
}

/// A fold of the events at a number, as bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredCheckpoint {
    /// The last event that it contains.
    pub seq: Seq,
    /// Its bytes.
    #[serde(with = "bytes_base64")]
    pub bytes: Vec<u8>,
}

/// A message for a run from outside its engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredSignal {
    /// Made by the sender; the same id is kept once.
    pub id: SignalId,
    /// Its bytes.
    #[serde(with = "bytes_base64")]
    pub bytes: Vec<u8>,
}

/// Which runs to list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunFilter {
    /// Only runs whose printed id begins so (with or without `run_`).
    pub id_prefix: Option<String>,
    /// Only these phases; all where empty.
    pub phases: Vec<Phase>,
    /// Only runs created before this one: the page after it.
    pub before: Option<RunId>,
    /// At most so many.
    pub limit: usize,
}

/// Who holds a lock and who waits.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LockState {
    /// Who holds it.
    pub holder: Option<RunId>,
    /// Who waits, in order.
    pub queue: Vec<RunId>,
}

/// Runs that something was posted or granted to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Wakes {
    /// Where to go on from.
    pub cursor: WakeCursor,
    /// Which runs; empty means "look at all of yours" where `lost` is set.
    pub runs: Vec<RunId>,
    /// The cursor was too old or of another process's time: wakes in between are not known.
    pub lost: bool,
}

/// The store could not do its work.
#[derive(Clone, Debug, PartialEq, thiserror::Error, Serialize, Deserialize)]
pub enum StoreError {
    /// It is away: a broken disk, a dead holder, a closed socket. Whether a write happened is not
    /// known.
    #[error("failed to reach the store: {0}")]
    Unavailable(String),
    /// What lies there is not what was written.
    #[error("failed to read the store: {0}; run `windlass doctor`, and do not delete anything")]
    Corrupt(String),
    /// No such run.
    #[error("failed to find {0}: `windlass list` shows the runs of this store")]
    NoSuchRun(RunId),
    /// Refused as it stands.
    #[error("failed to store: {0}")]
    Refused(String),
    /// No new run is taken while so little is free; runs that are on go on.
    #[error(
        "failed to create the run: {} are free in {folder}, and a new run wants {}; \
         runs that are on go on",
        mib(*free), mib(*floor)
    )]
    NoRoom {
        /// Where.
        folder: String,
        /// How many bytes are free there.
        free: u64,
        /// How many must be.
        floor: u64,
    },
}

impl StoreError {
    /// The refusal of one signal too many.
    pub fn too_many_signals(run: RunId) -> Self {
        Self::Refused(format!(
            "{SIGNALS_PENDING_MAX} signals wait for {run} already, and nobody hears them; \
             `windlass resume {run}` does"
        ))
    }
}

/// An append was not done.
#[derive(Clone, Debug, PartialEq, thiserror::Error, Serialize, Deserialize)]
pub enum AppendError {
    /// The run has other events than the writer knows.
    #[error("failed to append: expected the run at event {expected}, it is at {actual}")]
    Conflict {
        /// What the writer knew.
        expected: Seq,
        /// What is there.
        actual: Seq,
    },
    /// The lease changed hands.
    #[error("failed to append: the lease is gone, its epoch is now {current}")]
    LeaseLost {
        /// The present epoch.
        current: Epoch,
    },
    /// Whether the append happened is not known: ask for the event at `expected + 1`.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The store. `Ok` of anything that writes means durable; of leases, checkpoints and
/// `create_leased` it means durable no later than the next append: nothing is done on their word
/// before.
pub trait Store: Send + Sync {
    /// Creates a run; creating the same one again with the same head and bytes is `Ok`. `NoRoom`
    /// where the store has no room for more.
    fn create_run(&self, new: NewRun) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Creates a run and takes its lease: both at once where a store can, since a start waits for
    /// it. Asking again does no harm.
    fn create_leased(
        &self,
        new: NewRun,
        request: LeaseRequest,
    ) -> BoxFuture<'_, Result<LeaseAnswer, StoreError>> {
        Box::pin(async move {
            self.create_run(new).await?;
            self.acquire_lease(request).await
        })
    }

    /// The head of a run.
    fn head(&self, run: RunId) -> BoxFuture<'_, Result<RunHead, StoreError>>;

    /// The heads of runs, newest first.
    fn runs(&self, filter: RunFilter) -> BoxFuture<'_, Result<Vec<RunHead>, StoreError>>;

    /// The workflow's bytes by digest.
    fn workflow(&self, digest: String) -> BoxFuture<'_, Result<Vec<u8>, StoreError>>;

    /// Adds events. Checks the expected number first, then the epoch.
    fn append(&self, append: Append) -> BoxFuture<'_, Result<Seq, AppendError>>;

    /// At most `limit` events after a number, in order, without a gap.
    fn events(
        &self,
        run: RunId,
        after: Seq,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<StoredEvent>, StoreError>>;

    /// Waits until the run has an event after `after`, or `wait_ms` of the wall clock have passed;
    /// returns the last number.
    fn wait_events(
        &self,
        run: RunId,
        after: Seq,
        wait_ms: Millis,
    ) -> BoxFuture<'_, Result<Seq, StoreError>>;

    /// Keeps a checkpoint; older ones of the run may go.
    fn save_checkpoint(
        &self,
        run: RunId,
        checkpoint: StoredCheckpoint,
    ) -> BoxFuture<'_, Result<(), StoreError>>;

    /// The newest checkpoint of a run.
    fn latest_checkpoint(
        &self,
        run: RunId,
    ) -> BoxFuture<'_, Result<Option<StoredCheckpoint>, StoreError>>;

    /// Live runs whose timer is due at `now`.
    fn due(&self, now: Timestamp, limit: usize) -> BoxFuture<'_, Result<Vec<RunId>, StoreError>>;

    /// Takes, keeps or displaces a lease. A grant to a new owner, or after expiry, has a higher
    /// epoch than any before.
    fn acquire_lease(
        &self,
        request: LeaseRequest,
    ) -> BoxFuture<'_, Result<LeaseAnswer, StoreError>>;

    /// Prolongs a lease; `LeaseLost` where its epoch is not the present one.
    fn renew_lease(&self, lease: Lease) -> BoxFuture<'_, Result<(), AppendError>>;

    /// Gives a lease back; nothing happens where its epoch is not the present one. The epoch is
    /// remembered.
    fn release_lease(&self, lease: Lease) -> BoxFuture<'_, Result<(), StoreError>>;

    /// The lease of a run, expired or not.
    fn lease(&self, run: RunId) -> BoxFuture<'_, Result<Option<Lease>, StoreError>>;

    /// Keeps a signal for a run, once for each id, and wakes it. Refused where
    /// [`SIGNALS_PENDING_MAX`] wait for it already.
    fn post_signal(
        &self,
        run: RunId,
        signal: StoredSignal,
    ) -> BoxFuture<'_, Result<(), StoreError>>;

    /// The signals of a run that no append has consumed, in the order of their posting.
    fn pending_signals(&self, run: RunId) -> BoxFuture<'_, Result<Vec<StoredSignal>, StoreError>>;

    /// Waits until something was posted or granted after the cursor, or `wait_ms` have passed. A
    /// cursor of zero answers at once with the present cursor.
    fn wakes(&self, after: WakeCursor, wait_ms: Millis)
    -> BoxFuture<'_, Result<Wakes, StoreError>>;

    /// Takes a lock or its place in the queue; asking again changes nothing.
    fn acquire_lock(
        &self,
        lock: String,
        run: RunId,
    ) -> BoxFuture<'_, Result<LockState, StoreError>>;

    /// Gives a lock or a place in the queue back and wakes the next in the queue, who then holds
    /// it.
    fn release_lock(
        &self,
        lock: String,
        run: RunId,
    ) -> BoxFuture<'_, Result<LockState, StoreError>>;

    /// Hands a lock from one run to another, past the queue. Refused where `from` does not hold it.
    fn hand_lock(
        &self,
        lock: String,
        from: RunId,
        to: RunId,
    ) -> BoxFuture<'_, Result<LockState, StoreError>>;

    /// Removes an ended run with all that is kept of it: its history, its place in locks and their
    /// queues, and its workflow where no other run names it. Refused while it has not ended, while
    /// its lease holds at `now`, and while a signal waits for it; one that is not there is `Ok`.
    fn remove_run(&self, run: RunId, now: Timestamp) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Who holds a lock.
    fn lock(&self, lock: String) -> BoxFuture<'_, Result<LockState, StoreError>>;
}

/// Bytes as a human reads them.
fn mib(bytes: u64) -> String {
    format!("{} MiB", bytes / (1024 * 1024))
}

pub mod bytes_base64 {
    //! JSON carries bytes as base64: `#[serde(with = "bytes_base64")]`.
    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes bytes as base64.
    pub fn serialize<S: Serializer>(bytes: &[u8], s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&super::base64::encode(bytes))
    }

    /// Reads bytes from base64.
    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<u8>, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(d)?;
        super::base64::decode(&text).ok_or_else(|| serde::de::Error::custom("no base64"))
    }
}

mod bytes_list_base64 {
    //! The same for a list.
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(list: &[Vec<u8>], s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(list.iter().map(|bytes| super::base64::encode(bytes)))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Vec<u8>>, D::Error> {
        let texts = Vec::<String>::deserialize(d)?;
        let decoded: Option<Vec<_>> = texts.iter().map(|t| super::base64::decode(t)).collect();
        decoded.ok_or_else(|| serde::de::Error::custom("no base64"))
    }
}

mod base64 {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    pub fn encode(bytes: &[u8]) -> String {
        STANDARD.encode(bytes)
    }

    pub fn decode(text: &str) -> Option<Vec<u8>> {
        STANDARD.decode(text).ok()
    }
}

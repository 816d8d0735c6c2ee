//! The engine's face: create runs, drive them, send them signals, read them.

use crate::calls::effects_of;
use crate::core::{Core, Drift};
use crate::drift::drift;
use crate::driver::{Desk, Drive, Driving, Ending, Message, drive};
use crate::feed::Feed;
use crate::given::{compared, mistold};
use crate::lease::{LEASE_RENEW_MS, LeaseError, OwnerIsDead, take};
use crate::look::{Seen, look};
use crate::migration::{NotMigrated, migrate};
use crate::outfit::Outfitter;
use crate::reader::{LoadError, Reader};
use crate::recorder::Recorder;
use crate::seal::Cipher;
use crate::wakes::{Line, Switchboard};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::{AbortHandle, JoinSet};
use uuid::Uuid;
use windlass_model::observation::Signal;
use windlass_model::sight::Comparison;
use windlass_model::{Millis, Phase, RunId, SignalId, StepId, WorkflowDef};
use windlass_ports::store::{
    AppendError, Lease, LeaseAnswer, NewRun, RunHead, StoreError, StoredSignal,
};
use windlass_ports::{Clock, SharedLock, Store};

/// How often a queued run looks whether the lock's holder ended without a word (it died between its
/// last event and giving the lock back).
const QUEUE_LOOK_MS: Millis = 2_000;

/// Runs that one process drives at once: each is whole in memory, with the tasks that keep its
/// lease, and more of them are a script gone wild. Any number may lie parked in a store.
pub const RUNS_DRIVEN_MAX: usize = 10_000;

/// What an engine is made of.
#[derive(Clone)]
pub struct Parts {
    /// Where runs are kept.
    pub store: Arc<dyn Store>,
    /// Makes the outfit of each run.
    pub outfitter: Arc<dyn Outfitter>,
    /// Seals guarded values.
    pub cipher: Arc<dyn Cipher>,
    /// The wall's clock, for leases.
    pub wall: Arc<dyn Clock>,
    /// Who this engine is, as leases name it.
    pub owner: String,
    /// Tells whether another owner is dead.
    pub is_dead: OwnerIsDead,
    /// Makes identities: version 7 UUIDs, so that newer runs sort last.
    pub new_id: Arc<dyn Fn() -> Uuid + Send + Sync>,
}

/// A run could not be created or driven.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EngineError {
    /// The store said no, or is away.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The run cannot be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// Another engine drives it.
    #[error(transparent)]
    Lease(#[from] LeaseError),
    /// Its environment cannot be had.
    #[error("failed to prepare the run's environment: {0}")]
    Outfit(String),
    /// The workflow cannot be stored.
    #[error("failed to store the workflow: {0}")]
    Workflow(String),
    /// The engine has its hands full.
    #[error("failed to drive the run: {RUNS_DRIVEN_MAX} are driven here; it is kept, for later")]
    Full,
}

impl From<NotMigrated> for EngineError {
    fn from(error: NotMigrated) -> Self {
        match error {
            NotMigrated::Store(error) => Self::Store(error),
            NotMigrated::Load(error) => Self::Load(error),
            NotMigrated::Written(why) => Self::Workflow(why),
        }
    }
}

/// Drives many runs in one process.
pub struct Engine {
    parts: Parts,
    reader: Reader,
    board: Arc<Switchboard>,
    listener: OnceLock<AbortHandle>,
    created: Mutex<BTreeMap<RunId, Lease>>,
    hands: Semaphore,
}

impl Engine {
    /// An engine that drives nothing yet.
    pub fn new(parts: Parts) -> Arc<Self> {
        Arc::new(Self {
            reader: Reader::new(parts.store.clone()),
            parts,
            board: Arc::default(),
            listener: OnceLock::new(),
            created: Mutex::default(),
            hands: Semaphore::new(RUNS_DRIVEN_MAX),
        })
    }

    /// Reads runs.
    pub fn reader(&self) -> Reader {
        self.reader.clone()
    }

    /// The store.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.parts.store
    }

    /// Creates a run of a resolved workflow; it is queued until somebody drives it. Its lease is
    /// ours from the first write, since who creates a run mostly drives it.
    pub async fn create(&self, def: &WorkflowDef) -> Result<RunId, EngineError> {
        let run = RunId((self.parts.new_id)());
        let outfit = self.parts.outfitter.outfit(run, def, None).await;
        let now = outfit.map_err(EngineError::Outfit)?.clock.now();
        let workflow = serde_json::to_vec(def).map_err(|e| EngineError::Workflow(e.to_string()))?;
        let head = RunHead {
            run,
            workflow: def.name.clone(),
            lock: def.lock.clone(),
            environment: def.environment.name.clone(),
            phase: Phase::Queued,
            started_at: now,
            updated_at: now,
            seq: 0,
            due: None,
            workflow_digest: Reader::digest(&workflow),
        };
        let Parts { store, wall, owner, .. } = &self.parts;
        let request = crate::lease::request(run, owner, &**wall, None);
        match store.create_leased(NewRun { head, workflow }, request).await? {
            LeaseAnswer::Granted(lease) => self.created().insert(run, lease),
            LeaseAnswer::Held(_) => None,
        };
        Ok(run)
    }

    /// Sends a signal; whoever drives the run hears it.
    pub async fn signal(&self, run: RunId, signal: &Signal) -> Result<(), EngineError> {
        let bytes = serde_json::to_vec(signal).map_err(|e| EngineError::Workflow(e.to_string()))?;
        let id = SignalId((self.parts.new_id)());
        Ok(self.parts.store.post_signal(run, StoredSignal { id, bytes }).await?)
    }

    /// Looks what became of a step's last attempt; see [`look`].
    pub async fn look(&self, run: RunId, step: &StepId) -> Result<Option<Seen>, EngineError> {
        let loaded = self.reader.load(run).await?;
        let Some(at) = loaded.workflow.find(step) else { return Ok(None) };
        let seen = look(&loaded, &*self.parts.outfitter, &*self.parts.cipher, at).await;
        seen.map_err(EngineError::Outfit)
    }

    /// Compares the world with what a workflow takes as given, before there is a run of it.
    pub async fn given(&self, def: &WorkflowDef) -> Result<Comparison, EngineError> {
        let run = RunId((self.parts.new_id)());
        let outfit = self.parts.outfitter.outfit(run, def, None).await;
        Ok(compared(&outfit.map_err(EngineError::Outfit)?, run, def).await)
    }

    /// Compares what a run says of the world with the world: what is not so, in sentences, each
    /// with the step that says it.
    pub async fn mistold(&self, run: RunId) -> Result<Vec<(StepId, String)>, EngineError> {
        let loaded = self.reader.load(run).await?;
        let began = Some(loaded.head.started_at);
        let outfit = self.parts.outfitter.outfit(run, loaded.workflow.def(), began).await;
        Ok(mistold(&outfit.map_err(EngineError::Outfit)?, &loaded).await)
    }

    /// Looks for what is no longer as a run's finished steps left it, except for what somebody has
    /// accepted. Nothing in a run that has not begun, or has ended.
    pub async fn drifted(&self, run: RunId) -> Result<Vec<Drift>, EngineError> {
        let loaded = self.reader.load(run).await?;
        if !loaded.run.begun() {
            return Ok(Vec::new());
        }
        let began = Some(loaded.head.started_at);
        let outfit = self.parts.outfitter.outfit(run, loaded.workflow.def(), began).await;
        Ok(drift(&loaded, &outfit.map_err(EngineError::Outfit)?).await)
    }

    /// Has a run go on by another workflow; it is driven by nobody meanwhile. `refusals` of the
    /// model says beforehand whether it can.
    pub async fn migrate(
        &self,
        run: RunId,
        to: WorkflowDef,
        by: &str,
        reason: &str,
    ) -> Result<(), EngineError> {
        let Parts { store, wall, owner, is_dead, .. } = &self.parts;
        let lease = take(&**store, &**wall, run, owner, is_dead).await?;
        let migrated: Result<(), EngineError> = async {
            let loaded = self.reader.load_verified(run).await?;
            let began = Some(loaded.head.started_at);
            let outfit = self.parts.outfitter.outfit(run, loaded.workflow.def(), began).await;
            let now = outfit.map_err(EngineError::Outfit)?.clock.now();
            let said = (by.to_owned(), reason.to_owned(), now);
            Ok(migrate(store, lease.epoch, loaded, to, said).await?)
        }
        .await;
        if let Err(error) = store.release_lease(lease).await {
            // It runs out. How it ended is worth more than this.
            tracing::warn!(%error, "the lease was not given back");
        }
        migrated
    }

    /// Drives a run until it rests. Signals posted before are heard before anything is decided.
    pub async fn drive(
        &self,
        run: RunId,
        driving: Driving,
        feed: Arc<dyn Feed>,
    ) -> Result<Ending, EngineError> {
        let Parts { store, wall, owner, is_dead, .. } = &self.parts;
        let _hand = self.hands.try_acquire().map_err(|_| EngineError::Full)?;
        let fresh = self.created().remove(&run).filter(|lease| wall.now() < lease.expires);
        let lease = match fresh {
            Some(lease) => lease,
            None => take(&**store, &**wall, run, owner, is_dead).await?,
        };
        let ending = self.drive_leased(run, &lease, driving, feed).await;
        if matches!(&ending, Ok(Ending::Rest(phase)) if phase.ended()) {
            if let Err(error) = self.give_lock_back(run).await {
                // Whoever waits for the lock sees by himself that its holder has ended.
                tracing::warn!(%error, "the lock was not given back");
            }
            self.parts.outfitter.ended(run).await;
        }
        if let Err(error) = store.release_lease(lease).await {
            // It runs out. How driving ended is worth more than this.
            tracing::warn!(%error, "the lease was not given back");
        }
        ending
    }

    fn created(&self) -> MutexGuard<'_, BTreeMap<RunId, Lease>> {
        self.created.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn drive_leased(
        &self,
        run: RunId,
        lease: &Lease,
        driving: Driving,
        feed: Arc<dyn Feed>,
    ) -> Result<Ending, EngineError> {
        let store = &self.parts.store;
        let loaded = self.reader.load_verified(run).await?;
        let environment = &loaded.workflow.def().environment;
        let began = Some(loaded.head.started_at);
        let outfit = self.parts.outfitter.outfit(run, loaded.workflow.def(), began).await;
        let outfit = outfit.map_err(EngineError::Outfit)?;
        let shared = outfit.registry.shared_lock().filter(|_| loaded.head.lock.is_some()).cloned();
        let bindings = Arc::new(environment.resources.clone());
        let effects = effects_of(outfit.registry.clone(), bindings.clone());
        let core = Core::new(
            loaded.workflow.clone(),
            loaded.run,
            self.parts.cipher.clone(),
            effects.clone(),
        );
        let recorder =
            Recorder::new(store.clone(), run, lease.epoch, loaded.hash, loaded.checkpointed);
        let (queue, inbox) = mpsc::unbounded_channel();
        let desk = Desk {
            run,
            outfit,
            workflow: loaded.workflow.clone(),
            bindings,
            folder: loaded.workflow.def().folder.as_deref().map(Arc::from),
            effects,
            feed,
            queue: queue.clone(),
            recorder: Some(Box::new(recorder)),
            calls: Default::default(),
            tellings: Vec::new(),
            alarm: None,
        };
        self.start_listener();
        let line = self.board.line(run);
        let locks = loaded.workflow.def().lock.is_some();
        let helpers = self.helpers(lease, &line, queue, locks);
        let wall = self.parts.wall.clone();
        let looping = Drive::new(store.clone(), core, desk, inbox, wall, driving);
        let ending = among_its_tasks(drive(looping)).await;
        drop(helpers);
        if let Some(shared) = shared.filter(|_| gives_shared_back(&ending)) {
            give_back(&*shared, run).await;
        }
        Ok(ending)
    }

    /// Tasks that keep the lease, ring the bell, and look at the queue now and then.
    fn helpers(
        &self,
        lease: &Lease,
        line: &Line,
        queue: mpsc::UnboundedSender<Message>,
        locks: bool,
    ) -> Helpers {
        let Parts { store, wall, .. } = &self.parts;
        let keep = keep_lease(store.clone(), wall.clone(), lease.clone(), queue.clone());
        let (bell, ring) = (line.bell.clone(), queue.clone());
        let listen = async move {
            loop {
                bell.notified().await;
                if ring.send(Message::Bell).is_err() {
                    return;
                }
            }
        };
        let wall = wall.clone();
        let look = async move {
            loop {
                wall.sleep_until(wall.now().after(QUEUE_LOOK_MS)).await;
                if queue.send(Message::Bell).is_err() {
                    return;
                }
            }
        };
        let mut helpers =
            vec![tokio::spawn(keep).abort_handle(), tokio::spawn(listen).abort_handle()];
        if locks {
            helpers.push(tokio::spawn(look).abort_handle());
        }
        Helpers(helpers)
    }

    fn start_listener(&self) {
        self.listener.get_or_init(|| {
            let listen = Switchboard::listen(Arc::downgrade(&self.board), self.parts.store.clone());
            tokio::spawn(listen).abort_handle()
        });
    }

    async fn give_lock_back(&self, run: RunId) -> Result<(), EngineError> {
        let head = self.parts.store.head(run).await?;
        if let Some(lock) = head.lock {
            self.parts.store.release_lock(lock, run).await?;
        }
        Ok(())
    }
}

/// Whether a run needs the lock that several machines see no longer. One that another run took over
/// passes it on.
fn gives_shared_back(ending: &Ending) -> bool {
    match ending {
        Ending::Rest(phase) => phase.ended() && *phase != Phase::Superseded,
        Ending::NotAsGiven(_) => true,
        _ => false,
    }
}

/// Gives the lock that several machines see back.
async fn give_back(lock: &dyn SharedLock, run: RunId) {
    if let Err(error) = lock.give_back(run).await {
        // The next run of this machine passes it on to itself; others are told who has it.
        tracing::warn!(%error, lock = lock.label(), "the shared lock was not given back");
    }
}

/// Runs the loop as a task: what it starts and what reports to it then mostly stays on one thread.
/// Dropped half-way, it takes the loop along.
async fn among_its_tasks(looping: impl Future<Output = Ending> + Send + 'static) -> Ending {
    let mut alone = JoinSet::new();
    alone.spawn(looping);
    match alone.join_next().await {
        Some(Ok(ending)) => ending,
        Some(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        _ => Ending::Bug("the driver's loop was let go".to_owned()),
    }
}

/// A drive's helpers; they end with it, also where it is dropped half-way: a lease that goes on
/// being renewed for nobody would keep everybody else out.
struct Helpers(Vec<AbortHandle>);

impl Drop for Helpers {
    fn drop(&mut self) {
        self.0.iter().for_each(AbortHandle::abort);
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Some(listener) = self.listener.get() {
            listener.abort();
        }
    }
}

async fn keep_lease(
    store: Arc<dyn Store>,
    wall: Arc<dyn Clock>,
    mut lease: Lease,
    queue: mpsc::UnboundedSender<Message>,
) {
    loop {
        wall.sleep_until(wall.now().after(LEASE_RENEW_MS)).await;
        lease.expires = wall.now().after(crate::lease::LEASE_TTL_MS);
        match store.renew_lease(lease.clone()).await {
            Ok(()) => {}
            Err(AppendError::LeaseLost { .. }) => {
                drop(queue.send(Message::LeaseLost("another engine took the lease".to_owned())));
                return;
            }
            // Not renewed this time; appends are fenced anyway.
            Err(error) => tracing::warn!(%error, "the lease was not renewed"),
        }
    }
}

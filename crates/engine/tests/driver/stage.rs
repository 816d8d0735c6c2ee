//! The stage: a store, a world, engines over them, and a witness of what they tell.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;
use windlass_engine::outfit::Outfit;
use windlass_engine::{
    Cipher, Driving, Ending, Engine, EngineError, Feed, KeyCipher, Outfitter, Parts,
};
use windlass_model::observation::Signal;
use windlass_model::{Event, EventKind, RunId, Timestamp, WorkflowDef};
use windlass_ports::secrets::SecretError;
use windlass_ports::{Action, BoxFuture, Registry, Secret, Secrets, Store};
use windlass_testkit::world::faults::Faults;
use windlass_testkit::world::ledger::{Deed, Entry};
use windlass_testkit::world::scripted::registry;
use windlass_testkit::{MemoryStore, Prng, RuntimeClock, World};

/// When the tests play.
const BEGIN: Timestamp = Timestamp(1_795_000_000_000);

/// Everything that the engines of one test share.
#[derive(Clone)]
pub struct Stage {
    pub store: Arc<dyn Store>,
    pub world: World,
    pub clock: RuntimeClock,
    pub registry: Registry,
    pub dead: Arc<Mutex<BTreeSet<String>>>,
    ids: Arc<AtomicU64>,
}

impl Stage {
    /// A memory store and a world in which nothing goes wrong.
    pub fn new() -> Self {
        Self::over(Arc::new(MemoryStore::new()))
    }

    /// The same over another store.
    pub fn over(store: Arc<dyn Store>) -> Self {
        let things = BTreeMap::from([("old".to_owned(), 5)]);
        let world = World::new(things, Faults::none(), Prng::new(1));
        Self {
            store,
            registry: registry(&world),
            world,
            clock: RuntimeClock::starting_at(BEGIN),
            dead: Arc::default(),
            ids: Arc::default(),
        }
    }

    /// The same with runs that are named from another number on.
    pub fn counting_from(self, first: u64) -> Self {
        self.ids.store(first, Ordering::Relaxed);
        self
    }

    /// Adds an action.
    pub fn with(mut self, action: Arc<dyn Action>) -> Self {
        self.registry.add_action(action);
        self
    }

    /// An engine of this name.
    pub fn engine(&self, owner: &str) -> Arc<Engine> {
        let key = zeroize::Zeroizing::new([7; windlass_engine::seal::KEY_BYTES]);
        let cipher: Arc<dyn Cipher> = Arc::new(KeyCipher::new(key));
        let (ids, dead) = (self.ids.clone(), self.dead.clone());
        Engine::new(Parts {
            store: self.store.clone(),
            outfitter: Arc::new(self.clone()),
            cipher,
            wall: Arc::new(self.clock.clone()),
            owner: owner.to_owned(),
            is_dead: Arc::new(move |owner| dead.lock().unwrap().contains(owner)),
            new_id: Arc::new(move || {
                Uuid::from_u128(u128::from(ids.fetch_add(1, Ordering::Relaxed) + 1) | 7 << 76)
            }),
        })
    }

    /// Says that an engine is dead.
    pub fn bury(&self, owner: &str) {
        self.dead.lock().unwrap().insert(owner.to_owned());
    }

    /// What took effect in the world, by step and side, in order.
    pub fn effects(&self) -> Vec<String> {
        let state = self.world.state();
        let applied = |entry: &&Entry| matches!(entry.deed, Deed::Applied { .. });
        let lines = state.ledger().iter().filter(applied);
        lines.map(|e| format!("{} {}", e.side.as_str(), e.step)).collect()
    }

    /// A thing of the world.
    pub fn thing(&self, name: &str) -> Option<i64> {
        self.world.state().thing(name)
    }

    /// The stored history, folded and with its chain checked.
    pub async fn history(&self, run: RunId) -> Vec<Event> {
        let engine = self.engine("reader");
        let loaded = engine.reader().load_verified(run).await.unwrap();
        let events = engine.reader().events(run, 0, usize::MAX).await.unwrap();
        let quick = engine.reader().load(run).await.unwrap();
        assert_eq!(quick.run, loaded.run, "checkpoint and tail are the fold");
        events
    }
}

impl Outfitter for Stage {
    fn outfit<'a>(
        &'a self,
        _run: RunId,
        _workflow: &'a WorkflowDef,
        _began: Option<Timestamp>,
    ) -> BoxFuture<'a, Result<Outfit, String>> {
        let outfit = Outfit {
            guards: true,
            registry: self.registry.clone(),
            clock: Arc::new(self.clock.clone()),
            secrets: Arc::new(NoSecrets),
        };
        Box::pin(std::future::ready(Ok(outfit)))
    }
}

struct NoSecrets;

impl Secrets for NoSecrets {
    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Secret, SecretError>> {
        Box::pin(std::future::ready(Err(SecretError::Unknown(name.to_owned()))))
    }
}

/// Hears what an engine tells.
pub struct Witness(watch::Sender<Vec<Event>>, Mutex<Vec<String>>);

impl Witness {
    /// Nobody has told anything yet.
    pub fn new() -> Arc<Self> {
        Arc::new(Self(watch::Sender::new(Vec::new()), Mutex::default()))
    }

    /// Waits until an event was told.
    pub async fn heard(&self, wanted: impl Fn(&EventKind) -> bool) {
        let mut told = self.0.subscribe();
        told.wait_for(|events| events.iter().any(|e| wanted(&e.kind))).await.unwrap();
    }

    /// What was said beside the events.
    pub fn notes(&self) -> Vec<String> {
        self.1.lock().unwrap().clone()
    }

    /// What was told.
    pub fn events(&self) -> Vec<Event> {
        self.0.borrow().clone()
    }
}

impl Feed for Witness {
    fn event(&self, _run: RunId, event: &Event) {
        self.0.send_modify(|events| events.push(event.clone()));
    }

    fn note(&self, _run: RunId, text: &str) {
        self.1.lock().unwrap().push(text.to_owned());
    }
}

/// How a drive ended.
pub type Drive = JoinHandle<Result<Ending, EngineError>>;

/// Drives a run in the background.
pub fn drive(engine: &Arc<Engine>, run: RunId, feed: &Arc<Witness>) -> Drive {
    drive_as(engine, run, feed, false)
}

/// The same; says whether a run that only waits is left.
pub fn drive_as(engine: &Arc<Engine>, run: RunId, feed: &Arc<Witness>, leave: bool) -> Drive {
    let (engine, feed) = (engine.clone(), feed.clone());
    let driving =
        Driving { by: "tester".to_owned(), leave_when_waiting: leave, ..Driving::default() };
    tokio::spawn(async move { engine.drive(run, driving, feed).await })
}

/// Creates a run and drives it to its end.
pub async fn run_to_end(stage: &Stage, def: &WorkflowDef) -> (RunId, Ending) {
    let engine = stage.engine("one");
    let run = engine.create(def).await.unwrap();
    let ending = drive(&engine, run, &Witness::new()).await.unwrap().unwrap();
    (run, ending)
}

/// A yes.
pub fn yes(step: &str) -> Signal {
    Signal::Answer {
        step: step.into(),
        value: true.into(),
        by: "human".to_owned(),
        note: None,
        evidence: Vec::new(),
    }
}

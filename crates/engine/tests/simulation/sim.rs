//! One seed: the scene, the queue, and what each happening does.

use crate::actor::Actor;
use crate::coverage::Met;
use crate::fenceless::Fenceless;
use crate::happening::{ActorId, Happening, Queue, Tick};
use crate::judge::Judge;
use crate::mirror::Mirror;
use crate::mutant::Mutant;
use crate::neighbour::{LOCK, Neighbour};
use crate::ready::ready;
use crate::sealing::PlainCipher;
use crate::shell::NoSecrets;
use crate::verdict::verdict;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use windlass_engine::calls::effects_of;
use windlass_engine::core::{EffectsOf, Input};
use windlass_engine::outfit::Outfit;
use windlass_engine::{Cipher, Reader};
use windlass_model::notice::NoticeId;
use windlass_model::observation::Signal;
use windlass_model::{Phase, RunId, SignalId, Timestamp, Workflow};
use windlass_ports::Clock;
use windlass_ports::store::{NewRun, RunHead, Store};
use windlass_testkit::generator::workflows::{Scene, scene};
use windlass_testkit::world::faults::Faults;
use windlass_testkit::world::scripted::registry;
use windlass_testkit::{MemoryStore, Prng, SimClock, World};

/// When the scenes play.
const BEGIN: Timestamp = Timestamp(1_795_000_000_000);

/// Happenings after which a seed that has not ended counts as one that never will: twenty times
/// what the longest of the first hundred thousand took.
const HAPPENINGS_MAX: u64 = 40_000;

/// A seed's simulation.
pub struct Sim {
    pub prng: Prng,
    pub tick: Tick,
    pub offset: i64,
    pub clock: SimClock,
    pub store: Arc<dyn Store>,
    pub world: World,
    pub outfit: Outfit,
    pub effects: EffectsOf,
    pub cipher: Arc<dyn Cipher>,
    pub run: RunId,
    pub mirror: Mirror,
    pub judge: Judge,
    pub actors: BTreeMap<ActorId, Actor>,
    pub actors_made: ActorId,
    pub dead: BTreeSet<String>,
    pub queue: Queue,
    pub met: Met,
    pub mutant: Mutant,
    pub calm: bool,
    /// Whether the run wants its environment's lock.
    pub locked: bool,
    pub neighbour: Neighbour,
    pub over: bool,
    pub rounds: u32,
    pub signals: u128,
    pub happenings: u64,
    /// Messages that went out.
    pub messages: BTreeSet<NoticeId>,
    scene: Scene,
    pub tale: Option<Vec<String>>,
}

impl Sim {
    /// Sets the scene. With `told`, everything that happens is written down.
    pub fn new(seed: u64, mutant: Mutant, told: bool) -> Self {
        let mut prng = Prng::new(seed);
        let mut scene = scene(&mut prng.fork());
        let mut choices = prng.fork();
        let locked = choices.percent(40);
        scene.def.lock = locked.then(|| LOCK.to_owned());
        let faults = Faults::of(&mut choices);
        let world = World::new(scene.things.clone(), faults, prng.fork());
        let clock = SimClock::starting_at(BEGIN);
        let registry = registry(&world);
        let effects = effects_of(registry.clone(), Arc::default());
        let (at, secrets) = (Arc::new(clock.clone()), Arc::new(NoSecrets));
        let outfit = Outfit { registry, clock: at, secrets, guards: true };
        let run = RunId(uuid::Uuid::from_u128(u128::from(seed) | 7 << 76));
        let store = MemoryStore::new();
        let store: Arc<dyn Store> = match mutant {
            Mutant::EpochNotChecked => Arc::new(Fenceless(store)),
            _ => Arc::new(store),
        };
        let bytes = serde_json::to_vec(&scene.def).unwrap();
        let digest = Reader::digest(&bytes);
        let workflow = Arc::new(Workflow::new(scene.def.clone()).unwrap());
        let head = RunHead {
            run,
            workflow: "scene".to_owned(),
            lock: scene.def.lock.clone(),
            environment: String::new(),
            phase: Phase::Queued,
            started_at: BEGIN,
            updated_at: BEGIN,
            seq: 0,
            due: None,
            workflow_digest: digest.clone(),
        };
        let new = NewRun { head, workflow: bytes };
        ready(store.create_run(new.clone())).unwrap();
        let mut sim = Self {
            prng: choices,
            tick: 0,
            offset: 0,
            clock,
            store,
            world,
            outfit,
            effects,
            cipher: Arc::new(PlainCipher),
            run,
            mirror: Mirror::new(run, workflow, &digest),
            judge: Judge::default(),
            actors: BTreeMap::new(),
            actors_made: 0,
            dead: BTreeSet::new(),
            queue: Queue::default(),
            met: Met::default(),
            mutant,
            calm: false,
            locked,
            neighbour: Neighbour::Gone,
            over: false,
            rounds: 0,
            signals: 0,
            happenings: 0,
            messages: BTreeSet::new(),
            scene,
            tale: told.then(Vec::new),
        };
        sim.plan();
        sim.plan_neighbour(new);
        sim
    }

    /// The workflow, for whoever reads about a failing seed.
    pub fn workflow_text(&self) -> String {
        serde_json::to_string_pretty(&self.scene.def).unwrap()
    }

    /// Plays the scene to its end. The error says what did not hold.
    pub fn play(&mut self) -> Result<(), String> {
        while let Some((at, happening)) = self.next()? {
            self.tick = self.tick.max(at);
            self.set_clock();
            self.happenings += 1;
            if self.happenings > HAPPENINGS_MAX {
                return Err(format!("no end is in sight: the run is {}", self.mirror.run.phase()));
            }
            self.tell(|| format!("{happening:?}"));
            self.happen(happening)?;
            let now = self.now();
            self.world.state().pass(now);
            self.judge.read(&self.world, &self.mirror)?;
        }
        self.finish()
    }

    fn next(&mut self) -> Result<Option<(Tick, Happening)>, String> {
        if let Some(next) = self.queue.pop() {
            return Ok(Some(next));
        }
        if self.over {
            return Ok(None);
        }
        if self.answer_at_last() {
            return Ok(self.queue.pop());
        }
        Err(format!("nothing will ever happen again, and the run is {}", self.mirror.run.phase()))
    }

    /// Does what a happening says.
    pub fn happen(&mut self, happening: Happening) -> Result<(), String> {
        match happening {
            Happening::Start { displace } => self.start(displace && !self.calm),
            Happening::AppendLands(id) => self.append_lands(id),
            Happening::Acked(id, seq) => self.acked(id, seq),
            Happening::CallLands(wire) => self.call_lands(*wire),
            Happening::Reply(id, call, seen) => self.feed(id, Input::Looked(call, seen)),
            Happening::Ends(id, call, dispatch) => self.ends(id, call, *dispatch),
            Happening::Alarm(id, at) => self.alarm(id, at),
            Happening::Told(id, notice, result) => self.feed(id, Input::Told(notice, result)),
            Happening::Bell(id) => self.listen(id),
            Happening::Neighbour => self.neighbour_moves(),
            Happening::TakeOver => self.take_over(),
            Happening::Displaced(id) => {
                self.leave(id, false);
                Ok(())
            }
            Happening::Crash => {
                let all: Vec<ActorId> = self.actors.keys().copied().collect();
                all.into_iter().for_each(|id| self.crash(id));
                Ok(())
            }
            Happening::Post(id, signal) => self.post(id, &signal),
            Happening::Operator => self.operator(),
            Happening::Jump(by) => self.jump(by),
            Happening::Calm => {
                self.calm = true;
                self.world.state().faults = Faults::none();
                Ok(())
            }
        }
    }

    fn finish(&mut self) -> Result<(), String> {
        self.mirror.catch_up(&*self.store)?;
        self.reader_agrees()?;
        self.nobody_waits()?;
        self.met.undone_in_progress = self.judge.ended_in_progress;
        self.met.half_done = self.judge.half_done;
        match self.mirror.run.phase() {
            Phase::RolledBack => self.met.rolled_back = true,
            Phase::Succeeded => self.met.succeeded = true,
            _ => self.met.cancelled = true,
        }
        verdict(&self.judge, &self.mirror, &self.world, &self.scene.things)
    }

    /// Signals that no append has consumed.
    pub fn pending(&self) -> Result<Vec<(SignalId, Signal)>, String> {
        let stored = ready(self.store.pending_signals(self.run)).map_err(|e| e.to_string())?;
        stored
            .into_iter()
            .map(|s| Ok((s.id, serde_json::from_slice(&s.bytes).map_err(|e| e.to_string())?)))
            .collect()
    }

    /// The engines' time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Shows the engines what the machine's clock says by now.
    pub fn set_clock(&mut self) {
        let at = BEGIN.0 + i64::try_from(self.tick).unwrap_or(i64::MAX) + self.offset;
        self.clock.set(Timestamp(at));
    }

    /// Lets something happen after so many milliseconds.
    pub fn soon(&mut self, delay: u64, happening: Happening) {
        let order = self.prng.number();
        self.queue.push(self.tick + delay, order, happening);
    }

    /// Writes down what happens, where somebody reads it.
    pub fn tell(&mut self, text: impl FnOnce() -> String) {
        if let Some(tale) = &mut self.tale {
            let text: String = text().chars().take(400).collect();
            tale.push(format!("{:>9} {text}", self.tick));
        }
    }
}

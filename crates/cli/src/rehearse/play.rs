//! One rehearsal of a workflow: a world, a store and an engine of its own, which may die once and
//! is then brought back to what lies on the disk.

use super::audience::{Audience, BY};
use super::crash::{CrashPoint, Watch};
use super::fault::StepFault;
use super::pace::Pace;
use super::rehearsed::Treatment;
use super::stand_in::is_simulated;
use super::watched_store::WatchedStore;
use super::world::{Beginning, Wardrobe, World, advance, everything, ledger, one_thread};
use crate::compose::clocks::SystemClock;
use crate::compose::control::Control;
use crate::compose::program::new_id;
use crate::render::next::why;
use serde_json::Value;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use windlass_azure_sim::LedgerEntry;
use windlass_engine::reader::Loaded;
use windlass_engine::{Driving, Ending, Engine, KeyCipher, Parts};
use windlass_model::lane::{Lane, LaneState};
use windlass_model::{Millis, Phase, RunId, StepId, Timestamp, Work, Workflow, WorkflowDef};
use windlass_ports::{Clock, Store};
use windlass_store_sled::{OpenError, SledStore};
use zeroize::Zeroizing;

/// How long a store that was just let go may still be locked.
const LOCK_MS: Millis = 5_000;

/// How often one tries again.
const LOOK_MS: Millis = 5;

/// A world that does not fit, and who says what is in it.
const NOT_AS_GIVEN: &str = "failed to rehearse: its world, in which has happened what `before` of \
                            the environment file says, is not as the file takes it to be";

/// What happens in a rehearsal.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// Where the engine dies.
    pub crash: Option<CrashPoint>,
    /// The step that goes wrong.
    pub fault: Option<StepFault>,
    /// The seed of an order of parallel steps.
    pub seed: Option<u64>,
    /// Whether every probe says "absent".
    pub blind: bool,
}

/// How it went.
#[derive(Clone, Debug)]
pub struct Played {
    /// Where the run stands in the end.
    pub phase: Phase,
    /// Why it stands still there, where it does.
    pub why: Option<String>,
    /// What its engines said beside the history: what is given and could not be compared.
    pub notes: Vec<String>,
    /// What the run says of the world in the end, and is not so. Looked at where a step went wrong.
    pub mistold: Vec<String>,
    /// Writes of the first engine.
    pub writes: usize,
    /// Whether the engine died and another went on.
    pub resumed: bool,
    /// Every change of the world.
    pub ledger: Vec<LedgerEntry>,
    /// The world before.
    pub before: Value,
    /// The world in the end.
    pub after: Value,
    /// When it ended, by the run's own clock.
    pub ended: Timestamp,
    /// The run's own time, in milliseconds.
    pub run_ms: Millis,
    /// The machine's time, in milliseconds.
    pub real_ms: Millis,
}

/// How one engine ended.
enum Life {
    Rest(Rest),
    Died(RunId),
}

/// How a run rests: see [`Played`].
struct Rest {
    phase: Phase,
    why: Option<String>,
    mistold: Vec<String>,
}

/// How the first rehearsal of a workflow begins: a new world.
pub fn beginning(workflow: &Workflow) -> Beginning {
    let at = workflow.def().environment.clock_start.unwrap_or_else(|| SystemClock.now());
    Beginning { at, left: None }
}

/// Plays a case. Blocks; needs a thread that may.
pub fn play(
    workflow: &Arc<Workflow>,
    case: &Case,
    beginning: &Beginning,
) -> Result<Played, String> {
    let (begun, start) = (SystemClock.now(), beginning.at);
    let folder =
        tempfile::tempdir().map_err(|error| format!("failed to make a folder: {error}"))?;
    let stage = Stage {
        workflow: workflow.clone(),
        world: World::begin(beginning)?,
        pace: Pace::new(start),
        folder: folder.path(),
        case,
        notes: Arc::default(),
    };
    let before = stage.ask(async |control| everything(&control).await)?;
    let watch = Arc::new(Watch::new(case.crash));
    let (Rest { phase, why, mistold }, resumed) = match stage.life(&watch, None)? {
        Life::Rest(rest) => (rest, false),
        Life::Died(run) => match stage.life(&Arc::new(Watch::new(None)), Some(run))? {
            Life::Rest(rest) => (rest, true),
            Life::Died(_) => return Err("the second engine died too".to_owned()),
        },
    };
    Ok(Played {
        phase,
        why,
        notes: std::mem::take(&mut *stage.notes.lock().unwrap_or_else(PoisonError::into_inner)),
        mistold,
        writes: watch.writes(),
        resumed,
        ledger: stage.ask(async |control| ledger(&control).await)?,
        before,
        after: stage.ask(async |control| everything(&control).await)?,
        ended: stage.pace.now(),
        run_ms: stage.pace.now().since(start),
        real_ms: SystemClock.now().since(begun),
    })
}

/// What failed in a run that went back.
fn went_wrong(left: &Loaded) -> Option<String> {
    let failed = left.run.failed.iter().find_map(|id| Some((id.0, left.run.lane(*id)?)));
    match failed {
        Some((at, Lane { state: LaneState::Failed { failure, .. }, .. })) => {
            Some(format!("step `{}` failed: {}", left.workflow.step(at).id, failure.message))
        }
        _ => None,
    }
}

struct Stage<'a> {
    workflow: Arc<Workflow>,
    world: World,
    pace: Pace,
    folder: &'a Path,
    case: &'a Case,
    notes: Arc<Mutex<Vec<String>>>,
}

impl Stage<'_> {
    /// Asks the world something.
    fn ask<T>(&self, ask: impl AsyncFn(Control) -> Result<T, String>) -> Result<T, String> {
        one_thread()?.block_on(async { ask(self.world.control()?).await })
    }

    /// Lets one engine live until the run rests or it dies. All of it, the store's handle included,
    /// goes with its runtime.
    fn life(&self, watch: &Arc<Watch>, run: Option<RunId>) -> Result<Life, String> {
        let runtime = one_thread()?;
        let inner: Arc<dyn Store> = Arc::new(runtime.block_on(self.open())?);
        let store = Arc::new(WatchedStore::new(inner, self.pace.clone(), watch.clone()));
        runtime.block_on(async {
            let control = self.world.control()?;
            let live = self.live(store, watch, run);
            let time = self.pace.keep(|span| advance(&control, span));
            tokio::select! {
                ended = live => ended,
                why = time => Err(why),
            }
        })
    }

    /// Opens the store as the last engine left it. A process that another rehearsal starts at the
    /// same moment holds the lock's descriptor until its own program runs.
    async fn open(&self) -> Result<SledStore, String> {
        let deadline = SystemClock.now().after(LOCK_MS);
        loop {
            match SledStore::open(&self.folder.join("store")) {
                Ok(store) => return Ok(store),
                Err(OpenError::Held { .. }) if SystemClock.now() < deadline => {
                    SystemClock.sleep_until(SystemClock.now().after(LOOK_MS)).await;
                }
                Err(error) => return Err(error.to_string()),
            }
        }
    }

    async fn live(
        &self,
        store: Arc<dyn Store>,
        watch: &Watch,
        run: Option<RunId>,
    ) -> Result<Life, String> {
        let engine = Engine::new(self.parts(store));
        let def: &WorkflowDef = self.workflow.def();
        let run = match run {
            Some(run) => run,
            None => engine.create(def).await.map_err(|error| error.to_string())?,
        };
        let (audience, mut answers) = Audience::of(self.workflow.clone(), self.notes.clone());
        let loaded = engine.reader().load(run).await.map_err(|error| error.to_string())?;
        let open: Vec<_> = loaded.run.awaiting.iter().map(|(at, _)| *at).collect();
        let driving = Driving { by: BY.to_owned(), ..Driving::default() };
        let mut drive = std::pin::pin!(engine.drive(run, driving, Arc::new(audience)));
        for at in open {
            let answer = Audience::answer(&self.workflow, &self.workflow.step(at).id);
            engine.signal(run, &answer).await.map_err(|error| error.to_string())?;
        }
        loop {
            tokio::select! {
                biased;
                () = watch.died.notified() => return Ok(Life::Died(run)),
                ended = &mut drive => return match ended {
                    Ok(Ending::Rest(phase)) => {
                        self.rest(&engine, run, phase).await.map(Life::Rest)
                    }
                    Ok(Ending::NotAsGiven(otherwise)) => {
                        Err(format!("{NOT_AS_GIVEN}: {}", otherwise.join("; ")))
                    }
                    Ok(other) => Err(format!("the engine let go: {other:?}")),
                    Err(error) => Err(error.to_string()),
                },
                Some(answer) = answers.recv() => {
                    engine.signal(run, &answer).await.map_err(|error| error.to_string())?;
                }
            }
        }
    }

    /// What is to be said of a run that rests. What a stand-in says that it did, it did not.
    async fn rest(&self, engine: &Engine, run: RunId, phase: Phase) -> Result<Rest, String> {
        let _work = self.pace.busy();
        let left = engine.reader().load(run).await.map_err(|error| error.to_string())?;
        let mistold = match self.case.fault {
            Some(_) => engine.mistold(run).await.map_err(|error| error.to_string())?,
            None => Vec::new(),
        };
        let played = |step: &StepId| {
            let step = self.workflow.find(step).map(|at| self.workflow.step(at));
            let work = step.map(|step| &step.work);
            matches!(work, Some(Work::Action { uses, .. }) if is_simulated(uses))
        };
        let mistold = mistold.into_iter().filter(|(step, _)| played(step));
        let mistold = mistold.map(|(_, said)| said).collect();
        Ok(Rest { phase, why: why(&left.run).or_else(|| went_wrong(&left)), mistold })
    }

    fn parts(&self, store: Arc<dyn Store>) -> Parts {
        let treatment = Treatment {
            pace: self.pace.clone(),
            fault: self.case.fault.clone(),
            seed: self.case.seed,
            blind: self.case.blind,
        };
        let wardrobe = Wardrobe {
            address: self.world.address(),
            treatment,
            state_dir: self.folder.join("state"),
        };
        Parts {
            store,
            outfitter: Arc::new(wardrobe),
            // What a rehearsal captures is of a simulated world, and gone with its folder.
            cipher: Arc::new(KeyCipher::new(Zeroizing::new([7; windlass_engine::seal::KEY_BYTES]))),
            wall: Arc::new(SystemClock),
            owner: format!("rehearsal {}", new_id()),
            is_dead: Arc::new(|_| true),
            new_id: Arc::new(new_id),
        }
    }
}

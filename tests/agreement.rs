//! The prover and the engine agree: for workflows from seeds, every situation that the engine's own
//! core comes to, whatever the world and the operator do to it, is one that the prover listed.

use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;
use windlass_engine::Cipher;
use windlass_engine::core::{Core, Effect, Input};
use windlass_engine::seal::SealError;
use windlass_model::decide::Verb;
use windlass_model::lane::{AttemptState, Finish, Lane, LaneState};
use windlass_model::observation::{ActionError, Executed, Observation, Probed, Sighting, Signal};
use windlass_model::run::{Halt, LaneId, Run};
use windlass_model::step::{Compensate, Retry};
use windlass_model::{
    EventKind, Failure, RunId, Side, SignalId, StepIdx, Timestamp, Workflow, WorkflowDef,
};
use windlass_prover::focus::Focus;
use windlass_prover::moves::Moves;
use windlass_prover::search::{Found, search};
use windlass_prover::state::State;
use windlass_prover::unknown::shown_value;
use windlass_prover::{Declared, Outline};
use windlass_testkit::{Prng, small};

/// Workflows that are tried, and plays of each.
const SEEDS: u64 = 60;
const PLAYS: u64 = 40;

/// Steps of one.
const STEPS_MAX: u64 = 4;

/// What happens in a play at most: it ends by itself long before.
const MOVES_MAX: usize = 60;

/// Situations after which a seed is left out.
const STATES_MAX: usize = 15_000;

/// The fields that are compared.
const FIELDS: [&str; 2] = ["a", "b"];

struct Small;

impl Declared for Small {
    fn effects(&self, uses: &str, input: &Value) -> Vec<windlass_model::event::Effect> {
        small::effects(uses, input)
    }

    fn output(&self, _uses: &str) -> Option<&Value> {
        None
    }
}

/// Nothing in these workflows is secret.
struct Open;

impl Cipher for Open {
    fn seal(&self, _run: RunId, value: &Value) -> Result<String, SealError> {
        Ok(value.to_string())
    }

    fn open(&self, _run: RunId, sealed: &str) -> Result<Value, SealError> {
        serde_json::from_str(sealed).map_err(|_| SealError::Form)
    }
}

/// A situation, as both sides tell it.
fn told(run: &Run, world: &[String]) -> String {
    let halt = match &run.halt {
        None => "",
        Some(Halt::Paused) => "paused",
        Some(Halt::Failed { .. }) => "failed",
        Some(Halt::Stuck { .. }) => "stuck",
    };
    let lanes = run.steps.iter().map(|step| {
        let undo = step.undo.as_deref().map_or("", lane);
        format!("{}{}/{undo}", lane(&step.forward), if step.forward.armed { "!" } else { "" })
    });
    format!("{:?} {halt} {} {}", run.course, lanes.collect::<Vec<_>>().join(" "), world.join(" "))
}

fn lane(lane: &Lane) -> &'static str {
    match &lane.state {
        LaneState::Blocked(_) => "blocked",
        LaneState::Ready | LaneState::RetryAt(_) | LaneState::Sleeping(_) => "ready",
        LaneState::Attempting => match lane.in_flight() {
            Some(AttemptState::InDoubt { .. }) => "doubt",
            Some(AttemptState::Asks { .. }) => "asks",
            Some(AttemptState::Accepted) => "accepted",
            _ => "started",
        },
        LaneState::Awaiting(_) | LaneState::Answered => "asked",
        LaneState::Failed { .. } => "failed",
        LaneState::Finished(Finish::Succeeded) => "done",
        LaneState::Finished(Finish::Skipped) => "skipped",
    }
}

/// Every situation that the prover comes to without its reduction; none where there are too many.
fn listed(outline: &Outline) -> Option<BTreeSet<String>> {
    let fields = FIELDS.map(|field| (small::APP.to_owned(), field.to_owned())).to_vec();
    let focus = Focus::new(outline, fields);
    let moves = Moves::new(outline, &focus, false);
    let listed = RefCell::new(BTreeSet::new());
    let note = |state: &State| {
        let world = state.world.iter().map(|value| shown_value(focus.value(*value)));
        listed.borrow_mut().insert(told(&state.run, &world.collect::<Vec<_>>()));
        None::<((), _)>
    };
    let searched = search(&moves, STATES_MAX, &note).unwrap();
    matches!(searched.found, Found::Nothing).then(|| listed.into_inner())
}

/// The engine's core, and the world around it.
struct Play {
    workflow: Arc<Workflow>,
    outline: Arc<Outline>,
    core: Core,
    now: Timestamp,
    wake: Option<Timestamp>,
    closed: bool,
    calls: BTreeMap<LaneId, (u64, Verb)>,
    acted: BTreeSet<LaneId>,
    world: BTreeMap<String, String>,
    before: BTreeMap<StepIdx, (bool, BTreeMap<String, String>)>,
    signals: u128,
    seen: Vec<String>,
}

fn core(workflow: &Arc<Workflow>, run: Run) -> Core {
    Core::new(workflow.clone(), run, Arc::new(Open), Arc::new(|_: &str, _: &Value| Vec::new()))
}

impl Play {
    fn new(workflow: &Arc<Workflow>, outline: &Arc<Outline>) -> Self {
        let world = FIELDS.map(|field| (field.to_owned(), format!("<{}.{field}>", small::APP)));
        let mut play = Self {
            core: core(workflow, Run::new(RunId(Uuid::from_u128(1)), workflow)),
            workflow: workflow.clone(),
            outline: outline.clone(),
            now: Timestamp(1_000_000),
            wake: None,
            closed: false,
            calls: BTreeMap::new(),
            acted: BTreeSet::new(),
            world: BTreeMap::from(world),
            before: BTreeMap::new(),
            signals: 0,
            seen: Vec::new(),
        };
        play.open();
        play
    }

    fn open(&mut self) {
        let by = "somebody".to_owned();
        self.feed(Input::Opened { by, signals: Vec::new(), drifted: Vec::new() });
    }

    /// One input and all that follows from it at once; then a look at the situation.
    fn feed(&mut self, input: Input) {
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            for effect in self.core.handle(input, self.now) {
                match effect {
                    Effect::Append(batch) => {
                        for event in &batch.events {
                            self.note(&event.kind);
                        }
                        inputs.push(Input::Appended(batch.expected + batch.events.len() as u64));
                    }
                    Effect::Call(id, dispatch) => {
                        self.calls.insert(dispatch.lane, (id, dispatch.verb.clone()));
                    }
                    Effect::Abandon(lane) => drop(self.calls.remove(&lane)),
                    Effect::WakeAt(at) => self.wake = Some(self.wake.map_or(at, |old| old.min(at))),
                    Effect::Close(_) => self.closed = true,
                    Effect::Tell(_) | Effect::Publish(_) => {}
                }
            }
        }
        self.look();
    }

    fn look(&mut self) {
        let world: Vec<String> = FIELDS.iter().map(|field| self.world[*field].clone()).collect();
        self.seen.push(told(self.core.run(), &world));
    }

    /// An attempt begins: what it will touch is captured, unless one before may have touched it.
    fn note(&mut self, kind: &EventKind) {
        let EventKind::AttemptStarted { step, side: Side::Forward, .. } = kind else { return };
        let at = self.workflow.find(step).unwrap();
        if !self.before.get(&at).is_some_and(|(touched, _)| *touched) {
            self.before.insert(at, (false, self.world.clone()));
        }
    }

    fn act(&mut self, lane: LaneId) {
        self.acted.insert(lane);
        let step = self.outline.def.steps[lane.0 as usize].clone();
        let sketch = self.outline.sketches[lane.0 as usize].clone();
        let set = |world: &mut BTreeMap<String, String>,
                   effects: &[windlass_model::event::Effect]| {
            for effect in effects {
                if let Some(field) = world.get_mut(&effect.field) {
                    *field = shown_value(&effect.value);
                }
            }
        };
        match (lane.1, &step.compensate) {
            (Side::Forward, _) => {
                set(&mut self.world, &sketch.effects);
                if let Some((touched, _)) = self.before.get_mut(&lane.0) {
                    *touched = true;
                }
            }
            (Side::Undo, Compensate::Custom { uses, .. }) => {
                let windlass_prover::outline::Undo::Set(effects) = &sketch.undo else {
                    panic!("{uses} sets something")
                };
                set(&mut self.world, effects);
                self.before.remove(&lane.0);
            }
            (Side::Undo, _) => {
                if let Some((true, before)) = self.before.remove(&lane.0) {
                    for effect in &sketch.effects {
                        if let Some(field) = self.world.get_mut(&effect.field) {
                            field.clone_from(&before[&effect.field]);
                        }
                    }
                }
            }
        }
        self.look();
    }

    /// The end of a lane's call, as the world has it.
    fn end(&mut self, lane: LaneId, prng: &mut Prng) {
        let Some((id, verb)) = self.calls.get(&lane).cloned() else { return };
        let acted = self.acted.contains(&lane);
        let failure = || Failure::permanent("failed", "it failed");
        let seen = match verb {
            Verb::Probe if acted => Sighting::Probed(Ok(Probed::Done(Value::Null))),
            Verb::Probe => Sighting::Probed(Ok(Probed::Absent)),
            Verb::Act if prng.percent(25) => {
                Sighting::Acted(Err(ActionError::InDoubt("no answer".to_owned())))
            }
            Verb::Act if acted => Sighting::Acted(Ok(Executed::Done(Value::Null))),
            Verb::Act => Sighting::Acted(Err(ActionError::Permanent(failure()))),
            Verb::Capture { .. } | Verb::Poll => panic!("these actions do neither"),
        };
        self.calls.remove(&lane);
        let attempt = self.core.run().lane(lane).unwrap().attempts;
        let observation = Observation { step: lane.0, side: lane.1, attempt, seen };
        self.feed(Input::Looked(id, observation));
        let over = self.core.run().lane(lane).is_none_or(|lane| lane.in_flight().is_none());
        if over {
            self.acted.remove(&lane);
        }
    }

    /// The engine dies and is started again, or a run that rests is resumed.
    fn restart(&mut self) {
        self.core = core(&self.workflow, self.core.run().clone());
        self.calls.clear();
        self.closed = false;
        self.open();
    }

    fn roll_back(&mut self) {
        let (by, reason) = ("somebody".to_owned(), "asked".to_owned());
        let signal = Signal::Rollback { by: by.clone(), reason, to: None };
        self.signals += 1;
        let signals = vec![(SignalId(Uuid::from_u128(self.signals)), signal)];
        match self.closed {
            false => self.feed(Input::Signals(signals)),
            true => {
                // As the command does it: a run that rests is opened with what it was asked.
                self.core = core(&self.workflow, self.core.run().clone());
                self.closed = false;
                self.feed(Input::Opened { by, signals, drifted: Vec::new() });
            }
        }
    }

    /// One thing more happens; false where nothing can.
    fn moves(&mut self, prng: &mut Prng) -> bool {
        let lanes: Vec<LaneId> = self.calls.keys().copied().collect();
        let choice = prng.below(10);
        if choice == 0 && self.core.run().may_turn_back() && !self.core.run().going_back() {
            self.roll_back();
        } else if self.closed {
            if self.core.run().phase().ended() {
                return false;
            }
            self.restart();
        } else if choice == 1 {
            self.restart();
        } else if let Some(lane) = lanes.get(prng.below(lanes.len().max(1) as u64) as usize) {
            let acts = matches!(self.calls[lane].1, Verb::Act) || prng.percent(30);
            match acts && !self.acted.contains(lane) && prng.percent(70) {
                true => self.act(*lane),
                false => self.end(*lane, prng),
            }
        } else if let Some(wake) = self.wake.take() {
            self.now = self.now.max(wake);
            self.feed(Input::Woken);
        } else {
            return false;
        }
        true
    }
}

/// The workflow as the engine runs it: the inputs are known, and a failed attempt is not repeated
/// by itself, as an operator's resume repeats it.
fn known(mut def: WorkflowDef, prng: &mut Prng) -> WorkflowDef {
    for name in ["x", "y", "undo"] {
        def.inputs.insert(name.to_owned(), json!(prng.percent(50)));
    }
    for step in &mut def.steps {
        step.retry = Retry { max_attempts: 1, ..Retry::default() };
    }
    def
}

#[test]
fn every_situation_of_the_engine_is_one_that_the_prover_listed() {
    let (mut compared, mut situations) = (0, BTreeSet::new());
    for seed in 0..SEEDS {
        let def = small::from_seed(seed, STEPS_MAX);
        let outline = Arc::new(Outline::new(def.clone(), &Small).unwrap());
        let Some(listed) = listed(&outline) else { continue };
        let mut prng = Prng::new(seed);
        for play in 0..PLAYS {
            let workflow = Arc::new(Workflow::new(known(def.clone(), &mut prng)).unwrap());
            let mut played = Play::new(&workflow, &outline);
            for _ in 0..MOVES_MAX {
                if !played.moves(&mut prng) {
                    break;
                }
            }
            for one in &played.seen {
                assert!(listed.contains(one), "seed {seed}, play {play}: {one}");
                situations.insert(format!("{seed} {one}"));
            }
        }
        compared += 1;
    }
    assert!(compared > SEEDS / 2, "{compared} of {SEEDS} were compared");
    assert!(situations.len() > 2_000, "{} situations", situations.len());
}

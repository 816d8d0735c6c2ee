//! The engine's own core, played with: whatever the world and the operator do to it, and every
//! situation that it comes to.

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;
use windlass_engine::Cipher;
use windlass_engine::core::{Core, Effect, Input};
use windlass_engine::seal::SealError;
use windlass_model::decide::Verb;
use windlass_model::lane::{AttemptState, Finish, Lane, LaneState};
use windlass_model::observation::{ActionError, Executed, Observation, Probed, Sighting, Signal};
use windlass_model::rollback::bars_the_way_back;
use windlass_model::run::{Halt, LaneId, Run};
use windlass_model::step::{Compensate, Retry};
use windlass_model::{
    Decision, EventKind, Failure, Phase, RunId, Side, SignalId, StepId, StepIdx, Timestamp,
    Workflow, WorkflowDef,
};
use windlass_prover::unknown::shown_value;
use windlass_prover::{Declared, Outline};
use windlass_testkit::{Prng, small};

/// The fields that are compared.
pub const FIELDS: [&str; 2] = ["a", "b"];

pub struct Small;

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
pub fn told(run: &Run, world: &[String]) -> String {
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

/// The engine's core, and the world around it.
pub struct Play {
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
    pub seen: Vec<String>,
    /// Whether rollbacks may end at a step.
    pub in_parts: bool,
    pub worlds: Vec<Vec<String>>,
    went: Vec<LaneId>,
}

fn core(workflow: &Arc<Workflow>, run: Run) -> Core {
    Core::new(workflow.clone(), run, Arc::new(Open), Arc::new(|_: &str, _: &Value| Vec::new()))
}

fn is_so(world: &[String], rule: &[(String, String)]) -> bool {
    let is = |(field, value): &(String, String)| {
        let at = FIELDS.iter().position(|known| known == field);
        at.is_some_and(|at| world[at] == *value)
    };
    rule.iter().all(is)
}

impl Play {
    pub fn new(workflow: &Arc<Workflow>, outline: &Arc<Outline>) -> Self {
        let world = FIELDS.map(|field| (field.to_owned(), format!("<{}.{field}>", small::APP)));
        Self::begin(workflow, outline, world.into())
    }

    /// The same, in a world of which all is known.
    pub fn begin(
        workflow: &Arc<Workflow>,
        outline: &Arc<Outline>,
        world: BTreeMap<String, String>,
    ) -> Self {
        let mut play = Self {
            core: core(workflow, Run::new(RunId(Uuid::from_u128(1)), workflow)),
            workflow: workflow.clone(),
            outline: outline.clone(),
            now: Timestamp(1_000_000),
            wake: None,
            closed: false,
            calls: BTreeMap::new(),
            acted: BTreeSet::new(),
            world,
            before: BTreeMap::new(),
            signals: 0,
            seen: Vec::new(),
            in_parts: false,
            worlds: Vec::new(),
            went: Vec::new(),
        };
        play.open();
        play
    }

    /// The same run in the hands of another engine, as after a crash.
    pub fn fork(&self) -> Self {
        Self {
            workflow: self.workflow.clone(),
            outline: self.outline.clone(),
            core: core(&self.workflow, self.run().clone()),
            now: self.now,
            wake: None,
            closed: true,
            calls: BTreeMap::new(),
            acted: self.acted.clone(),
            world: self.world.clone(),
            before: self.before.clone(),
            signals: self.signals,
            seen: Vec::new(),
            in_parts: false,
            worlds: Vec::new(),
            went: Vec::new(),
        }
    }

    /// The run as it is now.
    pub fn run(&self) -> &Run {
        self.core.run()
    }

    /// The fields as they are now.
    pub fn world(&self) -> Vec<String> {
        FIELDS.iter().map(|field| self.world[*field].clone()).collect()
    }

    /// What is asked of the outside now.
    pub(super) fn calls(&self) -> &BTreeMap<LaneId, (u64, Verb)> {
        &self.calls
    }

    /// Time passes until a timer is due; false where there is none.
    pub(super) fn wakes(&mut self) -> bool {
        let Some(wake) = self.wake.take() else { return false };
        self.now = self.now.max(wake);
        self.feed(Input::Woken);
        true
    }

    /// Nothing happens for so long.
    pub(super) fn rests(&mut self, span_ms: u64) {
        self.now = self.now.after(span_ms);
    }

    /// Lanes in flight that have acted.
    pub fn acted(&self) -> Vec<LaneId> {
        self.acted.iter().copied().collect()
    }

    /// Whether the world was ever so.
    pub fn broke(&self, rule: &[(String, String)]) -> bool {
        self.worlds.iter().any(|world| is_so(world, rule))
    }

    /// Whether the world is so now.
    pub fn is_so(&self, rule: &[(String, String)]) -> bool {
        is_so(&self.world(), rule)
    }

    /// Forgets how it came here.
    pub fn forget(&mut self) {
        self.worlds.clear();
    }

    /// From here on nothing goes wrong: the lanes that were called, and the end.
    pub fn goes_well(&mut self, turn: bool) -> (Vec<LaneId>, Phase) {
        match turn && self.run().may_turn_back() {
            true => self.roll_back(None),
            false => self.restart(),
        }
        while !self.closed {
            let next = self.calls.keys().next().copied();
            if let Some(lane) = next {
                if !self.acted.contains(&lane) {
                    self.act(lane);
                }
                self.ends_well(lane);
            } else if let Some(wake) = self.wake.take() {
                self.now = self.now.max(wake);
                self.feed(Input::Woken);
            } else {
                break;
            }
        }
        (self.went.clone(), self.run().phase())
    }

    pub(super) fn ends_well(&mut self, lane: LaneId) {
        let seen = match self.calls[&lane].1 {
            Verb::Probe => Sighting::Probed(Ok(Probed::Done(Value::Null))),
            _ => Sighting::Acted(Ok(Executed::Done(Value::Null))),
        };
        self.saw(lane, seen);
    }

    fn open(&mut self) {
        let by = "somebody".to_owned();
        self.feed(Input::Opened { by, signals: Vec::new(), drifted: Vec::new() });
    }

    /// One input and all that follows from it at once; then a look at the situation.
    pub(super) fn feed(&mut self, input: Input) {
        self.now = self.now.after(1);
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            for effect in self.core.handle(input, self.now) {
                match effect {
                    Effect::Append(batch) => {
                        for event in batch.events.iter() {
                            self.note(&event.kind);
                        }
                        inputs.push(Input::Appended(batch.expected + batch.events.len() as u64));
                    }
                    Effect::Call(id, dispatch) => {
                        self.went.push(dispatch.lane);
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
        self.worlds.push(world);
    }

    /// An attempt begins: what it will touch is captured, unless one before may have touched it.
    fn note(&mut self, kind: &EventKind) {
        let EventKind::AttemptStarted { step, side: Side::Forward, .. } = kind else { return };
        let at = self.workflow.find(step).unwrap();
        if !self.before.get(&at).is_some_and(|(touched, _)| *touched) {
            self.before.insert(at, (false, self.world.clone()));
        }
    }

    pub(super) fn act(&mut self, lane: LaneId) {
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
        let Some((_, verb)) = self.calls.get(&lane).cloned() else { return };
        let acted = self.acted.contains(&lane);
        let failure = || Failure::permanent("failed", "it failed");
        if verb == Verb::Act && acted && prng.percent(15) {
            return self.fails_half_way(lane, failure());
        }
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
        self.saw(lane, seen);
    }

    /// A remote operation fails that has done its work. That it was accepted is no situation of
    /// its own to the prover.
    pub(super) fn fails_half_way(&mut self, lane: LaneId, failure: Failure) {
        let seen = self.seen.len();
        self.saw(lane, Sighting::Acted(Ok(Executed::Accepted(Value::Null))));
        self.seen.truncate(seen);
        while !self.calls.contains_key(&lane) {
            let wake = self.wake.take().expect("a remote operation is asked");
            self.now = self.now.max(wake);
            self.feed(Input::Woken);
            self.seen.truncate(seen);
        }
        self.saw(lane, Sighting::Polled(Err(ActionError::Permanent(failure))));
    }

    /// A call came to an end.
    pub(super) fn saw(&mut self, lane: LaneId, seen: Sighting) {
        let Some((id, _)) = self.calls.remove(&lane) else { return };
        let attempt = self.core.run().lane(lane).unwrap().attempts;
        let observation = Observation { step: lane.0, side: lane.1, attempt, seen };
        self.feed(Input::Looked(id, observation));
        let over = self.core.run().lane(lane).is_none_or(|lane| lane.in_flight().is_none());
        if over {
            self.acted.remove(&lane);
        }
    }

    /// The engine dies and is started again, or a run that rests is resumed.
    pub(super) fn restart(&mut self) {
        self.core = core(&self.workflow, self.core.run().clone());
        self.calls.clear();
        self.closed = false;
        self.open();
    }

    pub(super) fn roll_back(&mut self, to: Option<StepId>) {
        let (by, reason) = ("somebody".to_owned(), "asked".to_owned());
        self.hears(Signal::Rollback { by, reason, to });
    }

    /// Somebody does by hand what a lane was to do, and says so.
    pub(super) fn is_done_by_hand(&mut self, lane: LaneId) {
        self.act(lane);
        let (by, reason) = ("somebody".to_owned(), "asked".to_owned());
        let step = self.workflow.step(lane.0).id.clone();
        self.hears(Signal::Decide { step, decision: Decision::Done, by, reason, output: None });
        self.acted.remove(&lane);
    }

    fn hears(&mut self, signal: Signal) {
        self.signals += 1;
        let signals = vec![(SignalId(Uuid::from_u128(self.signals)), signal)];
        match self.closed {
            false => self.feed(Input::Signals(signals)),
            true => {
                // As the command does it: a run that rests is opened with what it was asked.
                self.core = core(&self.workflow, self.core.run().clone());
                self.calls.clear();
                self.closed = false;
                let by = "somebody".to_owned();
                self.feed(Input::Opened { by, signals, drifted: Vec::new() });
            }
        }
    }

    /// A lane that somebody may do by hand now: what no rollback goes past is not among them.
    fn failed(&self, prng: &mut Prng) -> Option<LaneId> {
        let run = self.core.run();
        let mut failed = run.failed.iter().copied();
        let lane = failed.find(|lane| !bars_the_way_back(&self.workflow, run, *lane));
        lane.filter(|_| prng.percent(30))
    }

    /// One thing more happens; false where nothing can.
    pub fn moves(&mut self, prng: &mut Prng) -> bool {
        let lanes: Vec<LaneId> = self.calls.keys().copied().collect();
        let choice = prng.below(10);
        if choice == 0 && self.core.run().may_turn_back() {
            let step = prng.below(self.workflow.len() as u64) as StepIdx;
            let part = self.in_parts && prng.percent(50);
            self.roll_back(part.then(|| self.workflow.step(step).id.clone()));
        } else if self.closed {
            if self.core.run().phase().ended() {
                return false;
            }
            match self.failed(prng) {
                Some(lane) => self.is_done_by_hand(lane),
                None => self.restart(),
            }
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
pub fn known(mut def: WorkflowDef, prng: &mut Prng) -> WorkflowDef {
    for name in ["x", "y", "undo"] {
        def.inputs.insert(name.to_owned(), json!(prng.percent(50)));
    }
    for step in &mut def.steps {
        step.retry = Retry { max_attempts: 1, ..Retry::default() };
    }
    def
}

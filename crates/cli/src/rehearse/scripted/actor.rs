//! The engine's own core, and the world around it as the actions declare that they change it. What
//! happens next is told from outside: which attempt takes effect, which answer is lost, who dies.
//! It must not know who tells it, nor any invariant.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use windlass_engine::Cipher;
use windlass_engine::core::{Core, Effect, Input};
use windlass_engine::seal::SealError;
use windlass_model::decide::Verb;
use windlass_model::event;
use windlass_model::observation::{ActionError, Executed, Observation, Probed, Sighting, Signal};
use windlass_model::run::{LaneId, Run};
use windlass_model::{
    Decision, EventKind, Failure, Millis, RunId, Side, SignalId, StepIdx, Timestamp, Workflow,
};
use windlass_prover::Outline;
use windlass_prover::focus::Field;
use windlass_prover::outline::Undo;

/// Longer than any world takes until "absent" is an answer.
const SETTLED_MS: Millis = 24 * 3_600_000;

/// Who drives and decides here.
const BY: &str = "rehearsal";

/// Fields of the world, by resource and name.
pub type Fields = BTreeMap<Field, Value>;

/// Nothing here is secret: no value is real.
struct Open;

impl Cipher for Open {
    fn seal(&self, _run: RunId, value: &Value) -> Result<String, SealError> {
        Ok(value.to_string())
    }

    fn open(&self, _run: RunId, sealed: &str) -> Result<Value, SealError> {
        serde_json::from_str(sealed).map_err(|_| SealError::Form)
    }
}

fn core(workflow: &Arc<Workflow>, run: Run) -> Core {
    Core::new(workflow.clone(), run, Arc::new(Open), Arc::new(|_: &str, _: &Value| Vec::new()))
}

/// A run in the hands of the engine's core, and its world.
#[derive(Clone)]
pub struct Actor<'a> {
    outline: &'a Outline,
    workflow: Arc<Workflow>,
    core: Core,
    now: Timestamp,
    wake: Option<Timestamp>,
    closed: bool,
    calls: BTreeMap<LaneId, (u64, Verb)>,
    acted: BTreeSet<LaneId>,
    world: Fields,
    before: BTreeMap<StepIdx, (bool, Fields)>,
    signals: u128,
}

impl<'a> Actor<'a> {
    /// Begins a run in a world.
    pub fn begin(outline: &'a Outline, workflow: &Arc<Workflow>, world: Fields) -> Self {
        let mut actor = Self {
            outline,
            core: core(workflow, Run::new(RunId::default(), workflow)),
            workflow: workflow.clone(),
            now: Timestamp(0),
            wake: None,
            closed: false,
            calls: BTreeMap::new(),
            acted: BTreeSet::new(),
            world,
            before: BTreeMap::new(),
            signals: 0,
        };
        actor.open(Vec::new());
        actor
    }

    /// The run.
    pub fn run(&self) -> &Run {
        self.core.run()
    }

    /// The world.
    pub fn world(&self) -> &Fields {
        &self.world
    }

    /// Lanes that the outside is asked for now, and what for.
    pub fn calls(&self) -> impl Iterator<Item = (LaneId, &Verb)> {
        self.calls.iter().map(|(lane, (_, verb))| (*lane, verb))
    }

    /// What the outside is asked for a lane.
    pub fn asked(&self, lane: LaneId) -> Option<&Verb> {
        self.calls.get(&lane).map(|(_, verb)| verb)
    }

    /// Whether a lane's attempt in flight has taken effect.
    pub fn has_acted(&self, lane: LaneId) -> bool {
        self.acted.contains(&lane)
    }

    /// Whether the engine has let go of the run.
    pub fn rests(&self) -> bool {
        self.closed
    }

    /// What steps captured, and which lanes have acted: all beside run and world that what follows
    /// hangs on.
    pub fn kept(&self) -> (&BTreeMap<StepIdx, (bool, Fields)>, &BTreeSet<LaneId>) {
        (&self.before, &self.acted)
    }

    fn open(&mut self, signals: Vec<(SignalId, Signal)>) {
        self.feed(Input::Opened { by: BY.to_owned(), signals, drifted: Vec::new() });
    }

    /// One input, and all that follows from it at once.
    fn feed(&mut self, input: Input) {
        self.now = self.now.after(1);
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            for effect in self.core.handle(input, self.now) {
                match effect {
                    Effect::Append(batch) => {
                        batch.events.iter().for_each(|event| self.note(&event.kind));
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
    }

    /// An attempt begins: what it will touch is captured, unless one before may have touched it.
    fn note(&mut self, kind: &EventKind) {
        let EventKind::AttemptStarted { step, side: Side::Forward, .. } = kind else { return };
        let Some(at) = self.workflow.find(step) else { return };
        if !self.before.get(&at).is_some_and(|(touched, _)| *touched) {
            self.before.insert(at, (false, self.world.clone()));
        }
    }

    /// A lane's attempt takes effect.
    pub fn acts(&mut self, lane: LaneId) {
        self.acted.insert(lane);
        let sketch = &self.outline.sketches[lane.0 as usize];
        match (lane.1, &sketch.undo) {
            (Side::Forward, _) => {
                set(&mut self.world, &sketch.effects);
                if let Some((touched, _)) = self.before.get_mut(&lane.0) {
                    *touched = true;
                }
            }
            (Side::Undo, Undo::Set(effects)) => {
                set(&mut self.world, effects);
                self.before.remove(&lane.0);
            }
            (Side::Undo, Undo::PutBack) => {
                let Some((true, before)) = self.before.remove(&lane.0) else { return };
                for effect in &sketch.effects {
                    let field = (effect.resource.clone(), effect.field.clone());
                    if let Some(value) = before.get(&field) {
                        self.world.insert(field, value.clone());
                    }
                }
            }
            (Side::Undo, Undo::Nothing) => {}
        }
    }

    /// It ends well, or a look finds that it did.
    pub fn ends_well(&mut self, lane: LaneId) {
        let seen = match self.asked(lane) {
            Some(Verb::Probe) => Sighting::Probed(Ok(Probed::Done(Value::Null))),
            _ => Sighting::Acted(Ok(Executed::Done(Value::Null))),
        };
        self.saw(lane, seen);
    }

    /// It fails and has done nothing.
    pub fn fails_idle(&mut self, lane: LaneId) {
        self.saw(lane, Sighting::Acted(Err(ActionError::Permanent(failure()))));
    }

    /// It fails, and what it did stays.
    pub fn fails_acted(&mut self, lane: LaneId) {
        if self.asked(lane) == Some(&Verb::Probe) {
            return self.saw(lane, Sighting::Probed(Ok(Probed::Failed(failure()))));
        }
        self.saw(lane, Sighting::Acted(Ok(Executed::Accepted(Value::Null))));
        while self.asked(lane).is_none() && self.wakes() {}
        self.saw(lane, Sighting::Polled(Err(ActionError::Permanent(failure()))));
    }

    /// Its answer is lost.
    pub fn is_lost(&mut self, lane: LaneId) {
        let lost = ActionError::InDoubt("no answer".to_owned());
        self.saw(lane, Sighting::Acted(Err(lost)));
    }

    /// A look finds nothing of it.
    pub fn is_absent(&mut self, lane: LaneId) {
        self.now = self.now.after(SETTLED_MS);
        self.saw(lane, Sighting::Probed(Ok(Probed::Absent)));
    }

    fn saw(&mut self, lane: LaneId, seen: Sighting) {
        let Some((id, _)) = self.calls.remove(&lane) else { return };
        let attempt = self.core.run().lane(lane).map_or(0, |lane| lane.attempts);
        let observation = Observation { step: lane.0, side: lane.1, attempt, seen };
        self.feed(Input::Looked(id, observation));
        let over = self.core.run().lane(lane).is_none_or(|lane| lane.in_flight().is_none());
        if over {
            self.acted.remove(&lane);
        }
    }

    /// Time passes until a timer is due; false where there is none.
    pub fn wakes(&mut self) -> bool {
        let Some(wake) = self.wake.take() else { return false };
        self.now = self.now.max(wake);
        self.feed(Input::Woken);
        true
    }

    /// The engine dies and is started again, or a run that rests is resumed.
    pub fn restarts(&mut self) {
        self.reopen(Vec::new());
    }

    /// Somebody rolls the run back.
    pub fn turns_back(&mut self) {
        let (by, reason) = (BY.to_owned(), "the story says so".to_owned());
        self.hears(Signal::Rollback { by, reason, to: None });
    }

    /// Somebody does by hand what a lane was to do, and says so.
    pub fn is_done_by_hand(&mut self, lane: LaneId) {
        self.acts(lane);
        let step = self.outline.id(lane.0).clone();
        let (by, reason) = (BY.to_owned(), "the story says so".to_owned());
        self.hears(Signal::Decide { step, decision: Decision::Done, by, reason, output: None });
        self.acted.remove(&lane);
    }

    fn hears(&mut self, signal: Signal) {
        self.signals += 1;
        let id = SignalId(uuid::Uuid::from_u128(self.signals));
        let signals = vec![(id, signal)];
        match self.closed {
            false => self.feed(Input::Signals(signals)),
            // As the command does it: a run that rests is opened with what it was asked.
            true => self.reopen(signals),
        }
    }

    fn reopen(&mut self, signals: Vec<(SignalId, Signal)>) {
        self.core = core(&self.workflow, self.core.run().clone());
        self.calls.clear();
        self.wake = None;
        self.closed = false;
        self.open(signals);
    }
}

/// Sets those of the fields that the world has.
fn set(world: &mut Fields, effects: &[event::Effect]) {
    for effect in effects {
        let field = (effect.resource.clone(), effect.field.clone());
        if let Some(value) = world.get_mut(&field) {
            value.clone_from(&effect.value);
        }
    }
}

fn failure() -> Failure {
    Failure::permanent("failed", "it failed")
}

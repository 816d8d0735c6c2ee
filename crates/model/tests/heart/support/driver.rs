//! A driver for tests: the engine's loop without an engine. Virtual time, scripted answers, one
//! call's end at a time, and a history that went through JSON with its guarded values sealed.

use super::naive;
use super::outside::Outside;
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;
use windlass_model::apply::{IllegalEvent, apply, workflow_after};
use windlass_model::decide::{Busy, Call, Command, decide};
use windlass_model::event::Effect;
use windlass_model::notice::Untold;
use windlass_model::observation::Signal;
use windlass_model::run::{LaneId, Run};
use windlass_model::settle::settle_signal;
use windlass_model::{Event, EventKind, Guarded, Phase, RunId, Side, StepId, Timestamp, Workflow};

/// Turns of the loop after which a test says that it never ends.
const TURNS_MAX: u32 = 20_000;

/// When every test's run starts.
pub const START: Timestamp = Timestamp(1_790_000_000_000);

/// A run, what it calls, and what time it is.
pub struct Driver {
    pub workflow: Workflow,
    pub run: Run,
    pub now: Timestamp,
    pub busy: Busy,
    pub outside: Outside,
    pub history: Vec<Event>,
    /// Calls that were made and have not ended, in their order.
    pub pending: Vec<Call>,
    /// Calls that never end by themselves.
    pub hanging: Vec<Call>,
    pub wake: Option<Timestamp>,
    /// The fields of the world that a step sets.
    pub effects: fn(&str) -> Vec<Effect>,
    /// Whether every event is checked the slow way.
    pub checks: bool,
    /// Whether messages are told as the run goes on.
    pub tells: bool,
    /// The messages that were told.
    pub told: Vec<String>,
    pub(super) tries: BTreeMap<LaneId, u32>,
}

impl Driver {
    /// A run that has not started.
    pub fn queued(workflow: Workflow) -> Self {
        let run = Run::new(RunId(Uuid::from_u128(42)), &workflow);
        Self {
            workflow,
            run,
            now: START,
            busy: Busy::default(),
            outside: Outside::default(),
            history: Vec::new(),
            pending: Vec::new(),
            hanging: Vec::new(),
            wake: None,
            effects: |_| Vec::new(),
            checks: true,
            tells: true,
            told: Vec::new(),
            tries: BTreeMap::new(),
        }
    }

    /// A run that has started.
    pub fn start(workflow: Workflow) -> Self {
        let mut driver = Self::queued(workflow);
        driver.record(EventKind::RunStarted { by: "ann".into() });
        driver
    }

    /// Applies an event; a refusal is a bug of whoever made it.
    pub fn record(&mut self, kind: EventKind) {
        let said = kind.name();
        if let Err(error) = self.try_record(kind) {
            panic!("`{said}` was refused: {error}\n{}", self.story());
        }
    }

    /// Applies an event as the store would give it back.
    pub fn try_record(&mut self, kind: EventKind) -> Result<(), IllegalEvent> {
        let event = stored(Event { seq: self.run.seq + 1, at: self.now, kind });
        let before = self.run.clone();
        let applied = apply(&self.workflow, &mut self.run, &event);
        if applied.is_err() {
            assert_eq!(self.run, before, "an event that was refused changed the run");
        }
        applied?;
        if let Some(next) = workflow_after(&event.kind) {
            self.workflow = Arc::unwrap_or_clone(next);
        }
        if self.checks {
            naive::check(&self.workflow, &self.run);
            naive::check_event(&self.workflow, &before, &event.kind);
        }
        self.history.push(event);
        Ok(())
    }

    /// Decides until nothing is to be written, and makes the calls.
    pub fn decide(&mut self) {
        let commands = loop {
            let mut commands = decide(&self.workflow, &self.run, self.now, &self.busy);
            let again = decide(&self.workflow, &self.run, self.now, &self.busy);
            assert_eq!(commands, again, "asking twice gives two answers");
            let write = commands
                .iter()
                .position(|c| matches!(c, Command::Record(_) | Command::Begin { .. }));
            let Some(write) = write else { break commands };
            match commands.swap_remove(write) {
                Command::Record(kind) => self.record(kind),
                Command::Begin { lane, input } => self.begin(lane, input),
                _ => {}
            }
        };
        self.wake = None;
        for command in commands {
            match command {
                Command::Perform(call) => {
                    self.busy.calls.insert(call.lane);
                    self.busy.cooling.remove(&call.lane);
                    self.pending.push(call);
                }
                Command::WakeAt(at) => self.wake = Some(self.wake.map_or(at, |w| w.min(at))),
                Command::Abandon(lane) => self.abandon(lane),
                Command::Record(_) | Command::Begin { .. } => {}
            }
        }
    }

    /// One turn: decides, then lets the n-th call in flight end, or time pass until the next alarm.
    /// False where neither is there.
    pub fn turn(&mut self, nth: usize) -> bool {
        self.decide();
        if self.tells && self.run.works() && !self.run.untold.is_empty() {
            self.tell(true);
            return true;
        }
        if !self.pending.is_empty() {
            let call = self.pending.remove(nth % self.pending.len());
            self.answer(call);
            return true;
        }
        match self.wake {
            Some(at) => {
                self.now = self.now.max(at);
                true
            }
            None => false,
        }
    }

    /// The oldest message is told, or given up.
    pub fn tell(&mut self, sent: bool) {
        let Untold { id, step, on, .. } = self.run.untold[0].clone();
        let step = self.workflow.step(step).id.clone();
        self.told.push(format!("{step} {}", on.as_str()));
        let why = (!sent).then(|| "nobody is there".to_owned());
        self.record(EventKind::StepNotified { step, on, notice: id, sent, why });
    }

    /// Goes on until nothing moves any more.
    pub fn settle_down(&mut self) -> Phase {
        for _ in 0..TURNS_MAX {
            if !self.turn(0) {
                return self.run.phase();
            }
        }
        panic!("the run never rests\n{}", self.story());
    }

    /// Goes on until something holds of the run.
    pub fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        for _ in 0..TURNS_MAX {
            self.decide();
            if holds(self) {
                return;
            }
            if !self.turn(0) {
                break;
            }
        }
        assert!(holds(self), "never: {what}\n{}", self.story());
    }

    /// A message from outside.
    pub fn signal(&mut self, signal: Signal) -> usize {
        let events = settle_signal(&self.workflow, &self.run, signal);
        let said = events.len();
        events.into_iter().for_each(|kind| self.record(kind));
        said
    }

    /// The engine dies; another folds the history and resumes.
    pub fn crash(&mut self) {
        self.die();
        self.record(EventKind::RunResumed { by: "another engine".into() });
    }

    /// The engine dies: what no history knows is gone.
    pub fn die(&mut self) {
        let mut run = Run::new(self.run.id, &self.workflow);
        windlass_model::apply::fold(&self.workflow, &mut run, &self.history)
            .expect("a history folds");
        assert_eq!(run, self.run, "the fold is another");
        self.run = run;
        self.busy = Busy::default();
        self.tries.clear();
        self.pending.clear();
        self.hanging.clear();
        self.wake = None;
    }

    /// Resumes a run that halted.
    pub fn resume(&mut self) {
        self.record(EventKind::RunResumed { by: "bob".into() });
    }

    /// The position of a step.
    pub fn at(&self, step: &str) -> u32 {
        self.workflow.find(&StepId::from(step)).expect("the test's step")
    }

    /// The lane of a step.
    pub fn lane(&self, step: &str, side: Side) -> &windlass_model::lane::Lane {
        self.run.lane((self.at(step), side)).expect("the test's lane")
    }

    /// How often an event was written of a step.
    pub fn said(&self, name: &str, step: &str) -> usize {
        let of = |event: &&Event| {
            event.kind.name() == name && event.kind.lane().is_some_and(|(s, _)| s.as_str() == step)
        };
        self.history.iter().filter(of).count()
    }

    /// The history in short, for a test that fails.
    pub fn story(&self) -> String {
        let line = |event: &Event| {
            let kind = serde_json::to_string(&event.kind).unwrap_or_default();
            format!("{:>4} {} {kind}\n", event.seq, event.at)
        };
        let skip = self.history.len().saturating_sub(60);
        let lines: String = self.history.iter().skip(skip).map(line).collect();
        format!("{lines}phase {}", self.run.phase())
    }
}

/// An event as the store gives it back: sealed, through JSON.
pub fn stored(mut event: Event) -> Event {
    let seal = |guarded: &mut Guarded| {
        if let Guarded::Clear(value) = guarded {
            *guarded = Guarded::Sealed(value.to_string());
        }
    };
    match &mut event.kind {
        EventKind::AttemptStarted { captured: Some(guarded), .. } => seal(guarded),
        EventKind::AttemptAccepted { handle, .. } | EventKind::AttemptProgressed { handle, .. } => {
            seal(handle);
        }
        _ => {}
    }
    let bytes = serde_json::to_vec(&event).expect("an event is written");
    let back: Event = serde_json::from_slice(&bytes).expect("an event is read");
    assert_eq!(back, event, "an event changes on its way through JSON");
    back
}

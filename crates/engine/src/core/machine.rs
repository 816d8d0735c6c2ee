//! The machine: applies what is decided in memory, gathers it into batches, and lets nothing out
//! before everything decided so far is durable.

use super::bounds::bound;
use super::dispatch::{Dispatch, action_of};
use super::effect::{Batch, CallId, Closing, Drift, Effect, Input};
use super::fit::{Fit, TOO_LATE, fits};
use super::telling::Telling;
use crate::seal::{Cipher, open, seal_event};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use windlass_model::apply::apply;
use windlass_model::decide::{Busy, Call, Command, decide, intent};
use windlass_model::drift::DriftDecision;
use windlass_model::event::Effect as WorldEffect;
use windlass_model::lane::AttemptState;
use windlass_model::notice::{NoticeId, Untold};
use windlass_model::observation::{Observation, Polled, Prepared, Probed, Sighting, Signal};
use windlass_model::run::{Course, LaneId, Run};
use windlass_model::scope::RunScope;
use windlass_model::settle::{settle, settle_signal};
use windlass_model::{Event, EventKind, Seq, Side, SignalId, Timestamp, Value, Workflow};

/// Asks an action which fields of the world it will set: kind and input in, effects out. Pure.
pub type EffectsOf = Arc<dyn Fn(&str, &Value) -> Vec<WorldEffect> + Send + Sync>;

/// Said of a message whose step says nothing of it any more.
const NO_NOTICE: &str = "the workflow that the run has now tells nobody of this";

/// One run in the hands of one engine.
#[derive(Clone)]
pub struct Core {
    workflow: Arc<Workflow>,
    run: Run,
    cipher: Arc<dyn Cipher>,
    effects_of: EffectsOf,
    busy: Busy,
    tries: BTreeMap<LaneId, u32>,
    opened: bool,
    append_in_flight: bool,
    appending: Arc<Vec<Event>>,
    batch: Vec<Event>,
    consumed: Vec<SignalId>,
    seen: BTreeSet<SignalId>,
    durable: Seq,
    held: VecDeque<(Seq, Call)>,
    calls: BTreeMap<LaneId, (CallId, Timestamp)>,
    calls_made: CallId,
    telling: BTreeSet<NoticeId>,
    superseded: bool,
    stopped: bool,
    closed: bool,
}

impl Core {
    /// Takes a run as its history left it.
    pub fn new(
        workflow: Arc<Workflow>,
        run: Run,
        cipher: Arc<dyn Cipher>,
        effects_of: EffectsOf,
    ) -> Self {
        let durable = run.seq;
        Self {
            workflow,
            run,
            cipher,
            effects_of,
            busy: Busy::default(),
            tries: BTreeMap::new(),
            opened: false,
            append_in_flight: false,
            appending: Arc::default(),
            batch: Vec::new(),
            consumed: Vec::new(),
            seen: BTreeSet::new(),
            durable,
            held: VecDeque::new(),
            calls: BTreeMap::new(),
            calls_made: 0,
            telling: BTreeSet::new(),
            superseded: false,
            stopped: false,
            closed: false,
        }
    }

    /// The run as decided; up to `durable` it is also stored.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// The workflow.
    pub fn workflow(&self) -> &Arc<Workflow> {
        &self.workflow
    }

    /// Whether everything decided is durable and nothing is in flight.
    pub fn idle(&self) -> bool {
        let told = self.run.untold.is_empty() || !self.run.works();
        self.written() && told && self.busy.calls.is_empty() && self.consumed.is_empty()
    }

    fn written(&self) -> bool {
        self.durable == self.run.seq && !self.append_in_flight
    }

    /// Takes an input; says what is to be done. After `Close` it takes nothing any more.
    pub fn handle(&mut self, input: Input, now: Timestamp) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.closed {
            return effects;
        }
        let done =
            self.take(input, now, &mut effects).and_then(|()| self.advance(now, &mut effects));
        if let Err(bug) = done {
            self.closed = true;
            return vec![Effect::Close(Closing::Bug(bug))];
        }
        effects
    }

    fn take(&mut self, input: Input, now: Timestamp, out: &mut Vec<Effect>) -> Result<(), String> {
        match input {
            Input::Opened { by, signals, drifted } => {
                self.stopped = drifted.iter().any(|(_, made)| *made == DriftDecision::Stop);
                if self.stopped {
                    return self.drifted(&by, drifted, now);
                }
                // What a human said about a resting run is about the run as he saw it: a resume
                // before it would turn what he decided about into doubt.
                let decides = |signal: &Signal| matches!(signal, Signal::Decide { .. });
                let (first, then) = signals.into_iter().partition(|(_, s)| decides(s));
                self.signals(first, now)?;
                self.open(by.clone(), now)?;
                self.drifted(&by, drifted, now)?;
                self.signals(then, now)
            }
            Input::Queued { behind } => {
                let news = self.run.course != Course::Queued { behind } || self.run.seq == 0;
                let queued = matches!(self.run.course, Course::Queued { .. });
                if news && queued {
                    self.record(EventKind::RunQueued { behind }, now)
                } else {
                    Ok(())
                }
            }
            Input::Looked(call, observation) => {
                let lane = (observation.step, observation.side);
                let Some((_, made)) = self.calls.get(&lane).filter(|(id, _)| *id == call) else {
                    return Ok(());
                };
                // What was not there was not there when the look began: a request may have
                // arrived since.
                let not_done = matches!(
                    observation.seen,
                    Sighting::Probed(Ok(Probed::Absent | Probed::Begun))
                );
                let as_of = if not_done { now.min(*made) } else { now };
                self.looked(observation, as_of)
            }
            // A run that is about to rest hears none: they wait for whoever drives it next, instead
            // of being consumed without effect.
            Input::Signals(_) if self.stopped || (self.opened && self.run.halt.is_some()) => Ok(()),
            Input::Signals(signals) => self.signals(signals, now),
            Input::Told(id, result) => self.told(id, result, now),
            Input::Woken => Ok(()),
            Input::Appended(seq) => {
                self.durable = seq;
                self.append_in_flight = false;
                out.push(Effect::Publish(std::mem::take(&mut self.appending)));
                Ok(())
            }
        }
    }

    fn open(&mut self, by: String, now: Timestamp) -> Result<(), String> {
        self.opened = true;
        match self.run.course {
            Course::Queued { .. } => self.record(EventKind::RunStarted { by }, now),
            Course::Ended(_) => Ok(()),
            Course::Forward | Course::Back { .. } => self.record(EventKind::RunResumed { by }, now),
        }
    }

    /// Writes down what is no longer as finished steps left it, and what `by` made of it.
    fn drifted(
        &mut self,
        by: &str,
        drifted: Vec<(Drift, DriftDecision)>,
        now: Timestamp,
    ) -> Result<(), String> {
        for (Drift { step, what, who, .. }, decision) in drifted {
            self.record(EventKind::DriftFound { step: step.clone(), what, who }, now)?;
            let by = by.to_owned();
            self.record(EventKind::DriftDecided { step, decision, by }, now)?;
        }
        Ok(())
    }

    fn looked(&mut self, mut observation: Observation, now: Timestamp) -> Result<(), String> {
        bound(&mut observation.seen);
        let lane = (observation.step, observation.side);
        if let (Side::Forward, Sighting::Prepared { input, effects, .. }) =
            (observation.side, &mut observation.seen)
        {
            // What the file declares counts too, whether its action captures or not.
            *effects = self.effects(lane, input);
        }
        if !matches!(observation.seen, Sighting::Kept(_)) {
            self.let_go(lane);
        }
        if let Some(again_at) = self.still_at_work(&observation, now)? {
            self.tries.remove(&lane);
            self.busy.cooling.insert(lane, again_at);
            return Ok(());
        }
        let tries = self.tries.get(&lane).copied().unwrap_or(0);
        let settled = settle(&self.workflow, &self.run, observation, tries, now);
        if settled.looked_in_vain {
            self.tries.insert(lane, tries + 1);
        } else {
            self.tries.remove(&lane);
        }
        match settled.again_at {
            Some(at) => self.busy.cooling.insert(lane, at),
            None => self.busy.cooling.remove(&lane),
        };
        settled.events.into_iter().try_for_each(|kind| self.record(kind, now))
    }

    /// A poll that saw nothing new writes nothing: the handle in the history is sealed, so it is
    /// compared here and not in the model.
    fn still_at_work(
        &self,
        observation: &Observation,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, String> {
        let Sighting::Polled(Ok(Polled::InProgress { handle, percent, after_ms, .. })) =
            &observation.seen
        else {
            return Ok(None);
        };
        let lane = self.run.lane((observation.step, observation.side));
        let known = lane.filter(|l| matches!(l.in_flight(), Some(AttemptState::Accepted)));
        let Some(attempt) = known.and_then(|lane| lane.attempt.as_deref()) else {
            return Ok(None);
        };
        let whole = |percent: Option<f64>| percent.map(f64::floor);
        let same_percent = whole(*percent) == whole(attempt.percent);
        let same_attempt = attempt.number == observation.attempt;
        let (true, true, Some(kept)) = (same_percent, same_attempt, &attempt.handle) else {
            return Ok(None);
        };
        let kept = open(&*self.cipher, self.run.id, kept).map_err(|e| e.to_string())?;
        Ok((kept == *handle).then(|| now.after(*after_ms)))
    }

    fn signals(&mut self, signals: Vec<(SignalId, Signal)>, now: Timestamp) -> Result<(), String> {
        for (id, signal) in signals {
            // Its lock is another run's by now: what else is asked of it waits for whoever drives
            // it next, and takes the lock first.
            if self.superseded {
                break;
            }
            if !self.seen.insert(id) {
                continue;
            }
            self.consumed.push(id);
            self.superseded = matches!(signal, Signal::Supersede { .. });
            for kind in settle_signal(&self.workflow, &self.run, signal) {
                self.record(kind, now)?;
            }
        }
        Ok(())
    }

    /// Writes an event down in memory: sealed, applied, gathered.
    fn record(&mut self, mut kind: EventKind, now: Timestamp) -> Result<(), String> {
        seal_event(&*self.cipher, self.run.id, &mut kind).map_err(|e| e.to_string())?;
        // A clock that was set back does not turn a history back.
        let at = now.max(self.run.updated_at);
        let event = Event { seq: self.run.seq + 1, at, kind };
        apply(&self.workflow, &mut self.run, &event).map_err(|e| e.to_string())?;
        self.batch.push(event);
        Ok(())
    }

    fn advance(&mut self, now: Timestamp, out: &mut Vec<Effect>) -> Result<(), String> {
        if self.opened {
            self.decide(now, out)?;
            while self.release(now, out)? | self.tell(now, out)? {
                self.decide(now, out)?;
            }
        }
        if !self.append_in_flight && (!self.batch.is_empty() || !self.consumed.is_empty()) {
            self.append_in_flight = true;
            out.push(Effect::Append(self.next_batch()));
        }
        let ended = matches!(self.run.course, Course::Ended(_));
        if ended {
            self.let_all_go(out);
        }
        if self.stopped && self.written() {
            self.closed = true;
            out.push(Effect::Close(Closing::Stopped));
        }
        let rests = ended || (self.opened && self.run.halt.is_some());
        if rests && self.idle() {
            self.closed = true;
            out.push(Effect::Close(Closing::Rest(self.run.phase())));
        }
        Ok(())
    }

    /// Asks what should happen until nothing new is to be written, then takes the calls.
    fn decide(&mut self, now: Timestamp, out: &mut Vec<Effect>) -> Result<(), String> {
        let commands = loop {
            let mut commands = decide(&self.workflow, &self.run, now, &self.busy);
            let writes = commands
                .iter()
                .position(|c| !matches!(c, Command::Perform(_) | Command::WakeAt(_)));
            let Some(first) = writes else { break commands };
            match commands.swap_remove(first) {
                Command::Record(kind) => self.record(kind, now)?,
                Command::Begin { lane, input } => self.begin(lane, input, now)?,
                Command::Abandon(lane) => self.abandon(lane, now, out)?,
                Command::Perform(_) | Command::WakeAt(_) => {}
            }
        };
        let mut wake: Option<Timestamp> = None;
        for command in commands {
            match command {
                Command::Perform(call) => {
                    self.busy.calls.insert(call.lane);
                    self.busy.cooling.remove(&call.lane);
                    self.held.push_back((self.run.seq, call));
                }
                Command::WakeAt(at) => wake = Some(wake.map_or(at, |w| w.min(at))),
                Command::Record(_) | Command::Begin { .. } | Command::Abandon(_) => {}
            }
        }
        out.extend(wake.map(Effect::WakeAt));
        Ok(())
    }

    /// Lets go of a call whose time is over. One that still waits for its intent is never made.
    fn abandon(
        &mut self,
        lane: LaneId,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) -> Result<(), String> {
        self.held.retain(|(_, call)| call.lane != lane);
        out.push(Effect::Abandon(lane));
        let attempt = self.run.lane(lane).map_or(0, |lane| lane.attempts);
        let (step, side) = lane;
        self.looked(Observation { step, side, attempt, seen: Sighting::Abandoned }, now)
    }

    /// A run that another one took the place of ends while calls are in flight. Nobody waits for
    /// them: their deadlines are nobody's affair any more, and some never answer.
    fn let_all_go(&mut self, out: &mut Vec<Effect>) {
        self.held.clear();
        for lane in std::mem::take(&mut self.busy.calls) {
            self.calls.remove(&lane);
            out.push(Effect::Abandon(lane));
        }
    }

    fn let_go(&mut self, lane: LaneId) {
        self.busy.calls.remove(&lane);
        self.calls.remove(&lane);
    }

    /// Lets out the calls whose intents are durable. Returns whether one was dropped instead, so
    /// that its lane must be decided about anew.
    fn release(&mut self, now: Timestamp, out: &mut Vec<Effect>) -> Result<bool, String> {
        let mut dropped = false;
        while self.held.front().is_some_and(|(seq, _)| *seq <= self.durable) {
            let Some((_, call)) = self.held.pop_front() else { break };
            let lane = call.lane;
            let dispatch = match fits(&self.workflow, &self.run, &call, now) {
                Fit::Yes => Dispatch::new(&self.workflow, &self.run, &*self.cipher, call),
                Fit::MovedOn => Ok(None),
                Fit::TooLate => {
                    let step = self.workflow.step(lane.0).id.clone();
                    let why = TOO_LATE.to_owned();
                    self.record(EventKind::AttemptInDoubt { step, side: lane.1, why }, now)?;
                    Ok(None)
                }
            };
            match dispatch.map_err(|e| e.to_string())? {
                Some(dispatch) => {
                    self.calls_made += 1;
                    self.calls.insert(lane, (self.calls_made, now));
                    out.push(Effect::Call(self.calls_made, Box::new(dispatch)));
                }
                None => {
                    self.let_go(lane);
                    dropped = true;
                }
            }
        }
        Ok(dropped)
    }

    /// Lets out the messages whose events are durable. Returns whether one was given up, so that
    /// what waited for it must be decided about anew.
    fn tell(&mut self, now: Timestamp, out: &mut Vec<Effect>) -> Result<bool, String> {
        if self.run.untold.is_empty() || !self.run.works() {
            return Ok(false);
        }
        let due = |untold: &&Untold| {
            untold.id.event <= self.durable && !self.telling.contains(&untold.id)
        };
        let due: Vec<Untold> = self.run.untold.iter().filter(due).cloned().collect();
        let mut given_up = false;
        for untold in due {
            self.telling.insert(untold.id);
            let why = match Telling::new(&self.workflow, &self.run, &untold) {
                Ok(Some(telling)) => {
                    out.push(Effect::Tell(Box::new(telling)));
                    continue;
                }
                Ok(None) => NO_NOTICE.to_owned(),
                Err(error) => error.to_string(),
            };
            self.told(untold.id, Err(why), now)?;
            given_up = true;
        }
        Ok(given_up)
    }

    /// A message that nobody waits for any more, since the run has halted or ended, is no news.
    fn told(
        &mut self,
        id: NoticeId,
        result: Result<(), String>,
        now: Timestamp,
    ) -> Result<(), String> {
        self.telling.remove(&id);
        let untold = self.run.untold.iter().find(|untold| untold.id == id);
        let Some(Untold { step, on, .. }) = untold.filter(|_| self.run.works()).cloned() else {
            return Ok(());
        };
        let step = self.workflow.step(step).id.clone();
        let (sent, why) = (result.is_ok(), result.err());
        self.record(EventKind::StepNotified { step, on, notice: id, sent, why }, now)
    }

    fn begin(&mut self, lane: LaneId, input: Value, now: Timestamp) -> Result<(), String> {
        let effects = self.effects(lane, &input);
        let kind = intent(&self.workflow, &self.run, lane, input, Prepared::default(), effects);
        self.record(kind, now)
    }

    /// The fields of the world that a lane's action will set, and those that the file declares.
    pub fn effects(&self, lane: LaneId, input: &Value) -> Vec<WorldEffect> {
        if lane.1 == Side::Undo {
            return Vec::new();
        }
        let mut effects = action_of(&self.workflow, lane)
            .map_or_else(Vec::new, |(uses, _)| (self.effects_of)(uses, input));
        let scope =
            RunScope { workflow: &self.workflow, run: &self.run, step: lane.0, output: None };
        for declared in &self.workflow.step(lane.0).effects {
            let value = declared.value.as_ref().and_then(|v| v.render(&scope).ok());
            if let Ok(Value::String(resource)) = declared.resource.render(&scope) {
                let (field, value) = (declared.field.clone(), value.unwrap_or(Value::Null));
                effects.push(WorldEffect { resource, field, value });
            }
        }
        effects
    }

    fn next_batch(&mut self) -> Batch {
        self.appending = Arc::new(std::mem::take(&mut self.batch));
        let consumed = std::mem::take(&mut self.consumed);
        let expected = self.run.seq - self.appending.len() as Seq;
        Batch {
            expected,
            events: self.appending.clone(),
            phase: self.run.phase(),
            due: self.run.next_timer(),
            consumed,
        }
    }
}

//! What can happen next. All of it goes through model's own `decide`, `settle` and `apply`: this
//! file only plays the world's part and the operator's. It must not know any property.

use crate::facts::Atom;
use crate::focus::Focus;
use crate::judge::{Truth, truth};
use crate::outline::Outline;
use crate::present::states;
use crate::state::State;
use windlass_model::apply::apply;
use windlass_model::decide::{Busy, Command, Verb, decide, intent};
use windlass_model::event::Side;
use windlass_model::lane::AttemptState;
use windlass_model::observation::{
    ActionError, Executed, Observation, Polled, Prepared, Probed, Sighting, Signal,
};
use windlass_model::rollback::{bars_the_way_back, point_of_no_return};
use windlass_model::run::{Course, LaneId, Run};
use windlass_model::settle::{settle, settle_signal};
use windlass_model::{
    Decision, Event, EventKind, Failure, RunId, StepId, StepIdx, Timestamp, Value,
};

/// Time does not pass in a proof.
const NOW: Timestamp = Timestamp(0);

/// Who acts in a proof.
const SOMEBODY: &str = "somebody";

/// Records in a row after which the engine's rules are taken to turn in a circle: more than any
/// workflow has lanes.
const RECORDS_MAX: usize = 100_000;

/// What happened between two situations.
#[derive(Clone, Debug, PartialEq)]
pub enum Move {
    /// The attempt of a lane took effect.
    Acts(LaneId),
    /// It ended well.
    Ends(LaneId),
    /// It failed and did nothing.
    FailsIdle(LaneId),
    /// It failed and had taken effect.
    FailsActed(LaneId),
    /// Its answer was lost.
    Doubt(LaneId),
    /// A look saw that it is done.
    FoundDone(LaneId),
    /// A look saw nothing of it.
    FoundAbsent(LaneId),
    /// The engine died and was started again.
    Crash,
    /// Somebody resumes a run that had stopped.
    Resume,
    /// Somebody undoes the run.
    Rollback,
    /// Somebody calls a step skipped.
    Skip(LaneId),
    /// Somebody calls a step done, and it is.
    Done(LaneId),
    /// Something is so, or is not.
    Assume(Atom, bool),
}

impl Move {
    /// Whether it may happen where nothing goes wrong.
    fn goes_well(&self) -> bool {
        matches!(
            self,
            Self::Acts(_)
                | Self::Ends(_)
                | Self::FoundDone(_)
                | Self::FoundAbsent(_)
                | Self::Resume
                | Self::Rollback
        )
    }
}

/// The rules that are no rules but bugs: a run that model refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused(pub String);

/// What happens next in a proof.
pub struct Moves<'a> {
    /// The workflow.
    pub outline: &'a Outline,
    /// What is looked at.
    pub focus: &'a Focus,
    /// Whether what nobody looks at happens at once, in place of in every order.
    pub reduced: bool,
    /// What an operator may call skipped; nothing, where it is not asked what a skip does.
    pub skips: Option<LaneId>,
    /// Which way the run is to go.
    pub heads: Heads,
    /// Whether everything goes well.
    pub well: bool,
}

/// Which way a run is to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heads {
    /// Whichever way the operator turns it, and whenever.
    Anywhere,
    /// On as it goes: no operator turns it around.
    On,
    /// Back from the start: all of it, or what came after a step.
    Back(Option<StepId>),
}

/// What a situation turned into without anybody's doing.
pub enum Settled {
    /// Nothing more happens by itself.
    Rests(Box<State>),
    /// What happens hangs on something that nobody knows.
    Hangs(Box<State>, Atom),
}

impl<'a> Moves<'a> {
    /// What happens next to a workflow of which this is looked at.
    pub fn new(outline: &'a Outline, focus: &'a Focus, reduced: bool) -> Self {
        Self { outline, focus, reduced, skips: None, heads: Heads::Anywhere, well: false }
    }

    /// The same, where the run goes one way.
    #[must_use]
    pub fn heading(self, heads: Heads) -> Self {
        Self { heads, ..self }
    }

    /// The same, where nothing fails, no answer is lost and nothing dies.
    #[must_use]
    pub fn going_well(self) -> Self {
        Self { well: true, ..self }
    }

    /// The same, where an operator may skip a step, or its undoing.
    #[must_use]
    pub fn skipping(self, lane: LaneId) -> Self {
        Self { skips: Some(lane), ..self }
    }

    /// The situations that it begins in: the one before a run's first step, or those that a run
    /// under way may be in.
    pub fn first(&self) -> Result<Vec<State>, Refused> {
        let mut states = match &self.outline.present {
            Some(run) => states(self.outline, self.focus, run).map_err(Refused)?,
            None => {
                let run = Run::new(RunId::default(), &self.outline.bare);
                let mut state = State::new(run, self.focus);
                self.record(&mut state, EventKind::RunStarted { by: SOMEBODY.to_owned() })?;
                vec![state]
            }
        };
        if let Heads::Back(to) = &self.heads {
            for state in states.iter_mut().filter(|state| state.run.may_turn_back()) {
                self.turn_back(state, to.clone())?;
            }
        }
        Ok(states)
    }

    /// Whatever the engine does by itself, until the world or a human must move.
    pub fn settle_down(&self, mut state: State) -> Result<Settled, Refused> {
        for _ in 0..RECORDS_MAX {
            match self.condition(&state) {
                Some(Condition::Hangs(atom)) => return Ok(Settled::Hangs(Box::new(state), atom)),
                Some(Condition::Skips(kind)) => {
                    self.record(&mut state, kind)?;
                    continue;
                }
                None => {}
            }
            let commands = decide(&self.outline.bare, &state.run, NOW, &self.busy(&state));
            let mut moved = false;
            for command in commands {
                moved |= self.follow(&mut state, command)?;
                if moved {
                    break;
                }
            }
            if !moved {
                return Ok(Settled::Rests(Box::new(state)));
            }
        }
        Err(Refused(format!("more than {RECORDS_MAX} records without anybody's doing")))
    }

    /// The calls that are on their way: those of attempts whose end is waited for.
    fn busy(&self, state: &State) -> Busy {
        let calls = |lane: &LaneId| {
            let lane_state = state.run.lane(*lane).and_then(|lane| lane.in_flight());
            self.in_its_time(lane.0) && lane_state == Some(&AttemptState::Started)
        };
        Busy { calls: state.run.active.iter().copied().filter(calls).collect(), ..Busy::default() }
    }

    /// Does what the engine would do of itself; whether anything was written.
    fn follow(&self, state: &mut State, command: Command) -> Result<bool, Refused> {
        match command {
            Command::Record(kind) => self.record(state, kind).map(|()| true),
            Command::Begin { lane, input } => self.begin(state, lane, input).map(|()| true),
            Command::Perform(call) => match call.verb {
                Verb::Capture { input } => self.begin(state, call.lane, input).map(|()| true),
                _ if !self.in_its_time(call.lane.0) => self.ends(state, call.lane).map(|()| true),
                _ => Ok(false),
            },
            Command::Abandon(_) | Command::WakeAt(_) => Ok(false),
        }
    }

    /// The intent of an attempt.
    pub(crate) fn begin(
        &self,
        state: &mut State,
        lane: LaneId,
        input: Value,
    ) -> Result<(), Refused> {
        let prepared = Prepared::default();
        let kind = intent(&self.outline.bare, &state.run, lane, input, prepared, Vec::new());
        self.record(state, kind)?;
        if lane.1 == Side::Forward && self.focus.sees(lane) {
            state.capture(lane.0);
        }
        Ok(())
    }

    /// What the file's conditions say of the lanes that are ready.
    fn condition(&self, state: &State) -> Option<Condition> {
        let side = if state.run.going_back() { Side::Undo } else { Side::Forward };
        let ready = state.run.ready.iter().filter(|lane| lane.1 == side && state.run.works());
        for lane in ready {
            if !self.matters(lane.0) {
                continue;
            }
            let Some(expr) = self.outline.hangs_on(*lane) else { continue };
            match truth(expr, &self.outline.scope(lane.0), &state.facts) {
                Truth::Known(true) => {}
                Truth::Known(false) => {
                    return Some(Condition::Skips(self.outline.is_not_to_run(*lane, expr)));
                }
                Truth::Open(atom) => return Some(Condition::Hangs(atom)),
            }
        }
        None
    }

    /// All that can happen next in a situation in which nothing happens by itself.
    pub fn next(&self, state: &State) -> Result<Vec<(Move, State)>, Refused> {
        let mut found = Vec::new();
        let mut add = |made: Move, change: &dyn Fn(&mut State) -> Result<bool, Refused>| {
            let mut after = state.clone();
            if (!self.well || made.goes_well()) && change(&mut after)? {
                found.push((made, after));
            }
            Ok(())
        };
        for lane in &state.run.active {
            self.attempt(state, *lane, &mut add)?;
        }
        let in_flight = |lane: &LaneId| {
            let lane = state.run.lane(*lane);
            matches!(lane.and_then(|lane| lane.in_flight()), Some(AttemptState::Started))
        };
        if !self.well && state.run.works() && state.run.active.iter().any(in_flight) {
            add(Move::Crash, &|after| self.resume(after))?;
        }
        if state.run.halt.is_some() {
            add(Move::Resume, &|after| self.resume(after))?;
        }
        let may_turn = self.heads == Heads::Anywhere && state.run.may_turn_back();
        if may_turn && !matches!(state.run.course, Course::Queued { .. }) {
            add(Move::Rollback, &|after| self.turn_back(after, None))?;
        }
        if self.well {
            return Ok(found);
        }
        if let Some(lane) = self.skips {
            found.extend(self.skipped(state, lane)?.map(|after| (Move::Skip(lane), after)));
        }
        // That a point of no return was undone by hand, only a human knows.
        let bars = |lane: &&LaneId| bars_the_way_back(&self.outline.bare, &state.run, **lane);
        for lane in state.run.failed.iter().filter(|lane| !bars(lane)) {
            found.extend(self.done(state, *lane)?.map(|after| (Move::Done(*lane), after)));
        }
        Ok(found)
    }

    /// Whether it matters when a step happens. What neither touches what is looked at, on the way
    /// forward or back, nor stops a rollback, happens at once: whatever it was going to hold up, a
    /// rollback can begin before it.
    fn in_its_time(&self, step: StepIdx) -> bool {
        !self.reduced || self.focus.sees_step(step) || self.stops_a_rollback(step)
    }

    /// Whether it matters if a step happens.
    fn matters(&self, step: StepIdx) -> bool {
        self.in_its_time(step) || self.focus.minds(step)
    }

    fn stops_a_rollback(&self, step: StepIdx) -> bool {
        point_of_no_return(self.outline.bare.step(step))
    }

    /// Whether a move counts in the length of a story: what nobody looks at going well does not,
    /// nor does the good end of what has taken effect.
    pub fn counts(&self, made: &Move) -> bool {
        match made {
            Move::Ends(_) | Move::Assume(..) => false,
            Move::Acts(lane) => self.focus.sees(*lane),
            _ => true,
        }
    }

    /// What can become of an attempt.
    fn attempt(&self, state: &State, lane: LaneId, add: &mut Add<'_>) -> Result<(), Refused> {
        let acted = state.acted.contains(&lane);
        let in_flight = state.run.lane(lane).and_then(|lane| lane.in_flight());
        let Some(at) = in_flight else { return Ok(()) };
        let failure = || Failure::permanent("failed", "it failed");
        match at {
            AttemptState::Started if !acted => {
                add(Move::Acts(lane), &|after| {
                    after.act(self.focus, lane);
                    Ok(true)
                })?;
                add(Move::FailsIdle(lane), &|after| {
                    self.seen(after, lane, Sighting::Acted(Err(ActionError::Permanent(failure()))))
                })?;
                add(Move::Doubt(lane), &|after| self.doubt(after, lane))?;
            }
            AttemptState::Started => {
                add(Move::Ends(lane), &|after| self.ends(after, lane).map(|()| true))?;
                add(Move::FailsActed(lane), &|after| self.fails_acted(after, lane))?;
                add(Move::Doubt(lane), &|after| self.doubt(after, lane))?;
            }
            AttemptState::InDoubt { .. } if !acted => {
                // It was on its way.
                add(Move::Acts(lane), &|after| {
                    after.act(self.focus, lane);
                    Ok(true)
                })?;
                add(Move::FoundAbsent(lane), &|after| {
                    self.seen(after, lane, Sighting::Probed(Ok(Probed::Absent)))
                })?;
            }
            AttemptState::InDoubt { .. } => {
                add(Move::FoundDone(lane), &|after| {
                    self.seen(after, lane, Sighting::Probed(Ok(Probed::Done(Value::Null))))
                })?;
                add(Move::FailsActed(lane), &|after| {
                    self.seen(after, lane, Sighting::Probed(Ok(Probed::Failed(failure()))))
                })?;
            }
            AttemptState::Accepted | AttemptState::Asks { .. } => {}
        }
        Ok(())
    }

    fn doubt(&self, state: &mut State, lane: LaneId) -> Result<bool, Refused> {
        let lost = ActionError::InDoubt("its answer was lost".to_owned());
        self.seen(state, lane, Sighting::Acted(Err(lost)))
    }

    /// It failed, and what it did stays: a remote operation that failed half-way.
    fn fails_acted(&self, state: &mut State, lane: LaneId) -> Result<bool, Refused> {
        let accepted = Sighting::Acted(Ok(Executed::Accepted(Value::Null)));
        self.seen(state, lane, accepted)?;
        state.acted.insert(lane);
        let failure = Failure::permanent("failed", "it failed");
        let polled: Result<Polled, _> = Err(ActionError::Permanent(failure));
        self.seen(state, lane, Sighting::Polled(polled))
    }

    /// An attempt ends well.
    pub(crate) fn ends(&self, state: &mut State, lane: LaneId) -> Result<(), Refused> {
        let in_doubt = state.run.lane(lane).and_then(|lane| lane.in_flight());
        let seen = match in_doubt {
            Some(AttemptState::InDoubt { .. }) => Sighting::Probed(Ok(Probed::Done(Value::Null))),
            _ => Sighting::Acted(Ok(Executed::Done(Value::Null))),
        };
        self.seen(state, lane, seen).map(drop)
    }

    /// Lets a run go on that stands still.
    pub(crate) fn resume(&self, state: &mut State) -> Result<bool, Refused> {
        self.record(state, EventKind::RunResumed { by: SOMEBODY.to_owned() }).map(|()| true)
    }

    /// Turns a run around.
    pub(crate) fn turn_back(&self, state: &mut State, to: Option<StepId>) -> Result<bool, Refused> {
        let (by, reason) = (SOMEBODY.to_owned(), "somebody asked for it".to_owned());
        self.hears(state, Signal::Rollback { by, reason, to }, &|_| true)
    }

    /// What an operator says, where model hears it and means this by it.
    fn hears(
        &self,
        state: &mut State,
        signal: Signal,
        means: &dyn Fn(&EventKind) -> bool,
    ) -> Result<bool, Refused> {
        let events = settle_signal(&self.outline.bare, &state.run, signal);
        if !events.iter().any(means) {
            return Ok(false);
        }
        events.into_iter().try_for_each(|kind| self.record(state, kind))?;
        Ok(true)
    }

    /// What an operator's skip of a lane leads to, where model lets him.
    pub(crate) fn skipped(&self, state: &State, lane: LaneId) -> Result<Option<State>, Refused> {
        self.decided(state, lane, Decision::Skip)
    }

    /// What it leads to that an operator calls a lane done, where model lets him. It is: the engine
    /// looks before it takes his word.
    fn done(&self, state: &State, lane: LaneId) -> Result<Option<State>, Refused> {
        self.decided(state, lane, Decision::Done)
    }

    fn decided(
        &self,
        state: &State,
        lane: LaneId,
        decision: Decision,
    ) -> Result<Option<State>, Refused> {
        let (by, reason) = (SOMEBODY.to_owned(), "as it is".to_owned());
        let step = self.outline.id(lane.0).clone();
        let signal = Signal::Decide { step, decision, by, reason, output: None };
        let events = settle_signal(&self.outline.bare, &state.run, signal);
        let means = |kind: &EventKind| kind.lane().is_some_and(|(_, side)| side == lane.1);
        if !events.iter().any(means) {
            return Ok(None);
        }
        let mut after = state.clone();
        if decision == Decision::Done {
            after.act(self.focus, lane);
        }
        events.into_iter().try_for_each(|kind| self.record(&mut after, kind))?;
        after.ended(lane);
        Ok(Some(after))
    }

    /// An end of a call, by model's rules; whether it meant anything.
    fn seen(&self, state: &mut State, lane: LaneId, seen: Sighting) -> Result<bool, Refused> {
        let attempt = state.run.lane(lane).map_or(0, |lane| lane.attempts);
        let observation = Observation { step: lane.0, side: lane.1, attempt, seen };
        let settled = settle(&self.outline.bare, &state.run, observation, 0, NOW);
        let any = !settled.events.is_empty();
        for kind in settled.events {
            self.record(state, kind)?;
        }
        let over = state.run.lane(lane).is_none_or(|lane| lane.in_flight().is_none());
        if over {
            state.ended(lane);
        }
        Ok(any)
    }

    /// What is written down.
    pub(crate) fn record(&self, state: &mut State, kind: EventKind) -> Result<(), Refused> {
        let event = Event { seq: state.run.seq + 1, at: NOW, kind };
        apply(&self.outline.bare, &mut state.run, &event).map_err(|e| Refused(e.to_string()))
    }
}

/// What a file's condition says of a lane that is ready.
enum Condition {
    /// It is not to begin.
    Skips(EventKind),
    /// That hangs on something.
    Hangs(Atom),
}

type Add<'a> =
    dyn FnMut(Move, &dyn Fn(&mut State) -> Result<bool, Refused>) -> Result<(), Refused> + 'a;

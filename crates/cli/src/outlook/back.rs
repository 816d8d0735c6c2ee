//! The way back before it is gone: a run as it would stand at a step, and as a rollback would leave
//! it. Both are begun on a copy, which is then thrown away. Pure.

use crate::command_error::{CommandError, Outcome};
use crate::render::duration::span;
use crate::render::foreseen::nobody;
use crate::render::outlook::{Outlook, Took, Turn};
use crate::render::undo_plan::{self, UndoStep, unwanted};
use crate::render::world::sentences;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use windlass_model::apply::apply;
use windlass_model::event::Effect;
use windlass_model::lane::{AttemptState, LaneState};
use windlass_model::rollback::{bars_the_way_back, undo_of};
use windlass_model::run::{LaneId, Run};
use windlass_model::scope::RunScope;
use windlass_model::{
    Event, EventKind, Millis, RequestId, Side, StepId, StepIdx, Timestamp, Value, Work, Workflow,
};

/// A run that has come to a step in the order of the plan, all having gone well. The error names an
/// event that the run cannot have.
pub fn at(
    workflow: &Workflow,
    step: StepIdx,
    now: Timestamp,
    outlook: &Outlook,
) -> Result<Run, String> {
    let mut copy = Copied { workflow, run: nobody(workflow), now };
    copy.tell(EventKind::RunStarted { by: String::new() })?;
    let before = (0..=step).flat_map(|at| with_its_needs(workflow, at));
    let before: BTreeSet<StepIdx> = before.collect();
    let order = workflow.order().iter().copied();
    for at in order.filter(|at| before.contains(at) && !workflow.is_join(*at)) {
        copy.pass(at, outlook.turns.get(&at))?;
    }
    Ok(copy.run)
}

/// A step and all that it waits for.
fn with_its_needs(workflow: &Workflow, at: StepIdx) -> BTreeSet<StepIdx> {
    let mut found = BTreeSet::from([at]);
    let mut open = vec![at];
    while let Some(at) = open.pop() {
        open.extend(workflow.needs(at).filter(|need| found.insert(*need)));
    }
    found
}

/// What the rollback will find that looks at an attempt in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// It is done.
    Done,
    /// Nothing of it is there.
    Absent,
}

/// The run as a rollback would leave it, as far as it comes, whatever it finds of what is in doubt.
pub fn after(
    workflow: &Workflow,
    run: &Run,
    to: Option<&StepId>,
    found: Found,
) -> Result<Run, String> {
    let mut copy = Copied { workflow, run: run.clone(), now: run.updated_at };
    if copy.run.may_turn_back() {
        let (by, reason) = (String::new(), String::new());
        copy.tell(EventKind::RollbackStarted { by, reason, to: to.cloned() })?;
    } else if copy.run.begun() && copy.run.halt.is_some() {
        copy.tell(EventKind::RunResumed { by: String::new() })?;
    }
    let settling = copy.run.active.clone();
    for id in settling {
        copy.settle(id, found)?;
    }
    while let Some(at) = copy.next() {
        copy.undo(at)?;
    }
    Ok(copy.run)
}

/// What a rollback would undo, in which order, how long that took before, and what would be left.
pub struct WayBack {
    steps: Vec<UndoStep>,
    took: Vec<Option<Took>>,
    left: Vec<String>,
    /// What hangs on attempts of which only a look tells whether they acted.
    perhaps: Vec<String>,
}

impl WayBack {
    /// Of a run.
    pub fn of(
        workflow: &Workflow,
        run: &Run,
        to: Option<&StepId>,
        took: &BTreeMap<(StepId, Side), Took>,
    ) -> Outcome<Self> {
        let steps = undo_plan::steps(workflow, run, to);
        let of = |one: &UndoStep| took.get(&(one.step.clone(), Side::Undo)).copied();
        let took = steps.iter().map(of).collect();
        let left = |found| {
            let after = after(workflow, run, to, found).map_err(CommandError::failed)?;
            Ok::<_, CommandError>(sentences(workflow, &after, false, None))
        };
        let (done, absent) = (left(Found::Done)?, left(Found::Absent)?);
        let only = |one: &[String], other: &[String]| -> Vec<String> {
            let told = one.iter().filter(|said| !other.contains(said) && !on_the_way(said));
            told.cloned().collect()
        };
        let perhaps = [only(&done, &absent), only(&absent, &done)].concat();
        let left = done.into_iter().filter(|said| !perhaps.contains(said)).collect();
        Ok(Self { steps, took, left, perhaps })
    }

    /// As text, a line each.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = undo_plan::lines(&self.steps);
        let known: Vec<&Took> = self.took.iter().flatten().collect();
        if !known.is_empty() {
            let sum = |of: fn(&Took) -> Millis| known.iter().map(|took| of(took)).sum::<Millis>();
            let (least, most) = (span(sum(|it| it.least_ms)), span(sum(|it| it.most_ms)));
            let (all, of) = (self.steps.len(), known.len());
            let took = if least == most { least } else { format!("{least} to {most}") };
            lines
                .push(format!("{of} of these {all} undos took {took} together, one after another"));
        }
        lines.push("In the world afterwards:".to_owned());
        match self.left.is_empty() && self.perhaps.is_empty() {
            true => lines.push("  - nothing is left of the run".to_owned()),
            false => lines.extend(self.left.iter().map(|said| format!("  - {said}"))),
        }
        if !self.perhaps.is_empty() {
            lines.push("And one of these, which only the rollback's look will tell:".to_owned());
            lines.extend(self.perhaps.iter().map(|said| format!("  - {said}")));
        }
        lines
    }

    /// For programs.
    pub fn json(&self) -> Value {
        json!({
            "steps": undo_plan::json(&self.steps),
            "took": self.took,
            "world_afterwards": self.left,
            "perhaps_afterwards": self.perhaps,
        })
    }
}

/// What is no state of the world, but a step's.
fn on_the_way(said: &str) -> bool {
    ["put back:", "done:"].iter().any(|of| said.starts_with(of))
}

struct Copied<'a> {
    workflow: &'a Workflow,
    run: Run,
    now: Timestamp,
}

impl Copied<'_> {
    fn tell(&mut self, kind: EventKind) -> Result<(), String> {
        let event = Event { seq: self.run.seq + 1, at: self.now, kind };
        apply(self.workflow, &mut self.run, &event).map_err(|error| error.to_string())
    }

    /// A step goes well, or is not to run.
    fn pass(&mut self, at: StepIdx, turns: Option<&Vec<Turn>>) -> Result<(), String> {
        let step = self.workflow.step(at).id.clone();
        // What waits for a step of a later round does not begin.
        if self.run.steps[at as usize].forward.state != LaneState::Ready {
            return Ok(());
        }
        let Some(turns) = turns else {
            let why = String::new();
            return self.tell(EventKind::StepSkipped { step, side: Side::Forward, why });
        };
        match &self.workflow.step(at).work {
            Work::Action { .. } => {
                let effects = turns.iter().map(|turn| Effect {
                    resource: turn.resource.clone(),
                    field: turn.field.clone(),
                    value: turn.to.clone().unwrap_or_default(),
                });
                self.tell(self.started((at, Side::Forward), effects.collect()))?;
                let before = turns.iter().filter_map(|turn| {
                    Some((format!("previous_{}", turn.field), turn.from.clone()?))
                });
                let output = Value::Object(before.collect());
                self.tell(EventKind::AttemptSucceeded { step, side: Side::Forward, output })
            }
            Work::WaitSignal { name } => {
                let (by, name) = (String::new(), name.clone());
                self.tell(EventKind::SignalSent { name, by, data: Value::Null, note: None })?;
                self.tell(EventKind::StepSucceeded { step, output: Value::Null })
            }
            _ => self.tell(EventKind::StepSucceeded { step, output: Value::Null }),
        }
    }

    fn started(&self, id: LaneId, effects: Vec<Effect>) -> EventKind {
        let attempt = self.run.lane(id).map_or(0, |lane| lane.attempts) + 1;
        let step = self.workflow.step(id.0).id.clone();
        let request_id = RequestId::derive(self.run.id, &step, id.1.as_str(), attempt);
        EventKind::AttemptStarted {
            step,
            side: id.1,
            attempt,
            input: Value::Null,
            captured: None,
            request_id,
            not_before: None,
            effects,
        }
    }

    /// An attempt in flight ends as it is found.
    fn settle(&mut self, id: LaneId, found: Found) -> Result<(), String> {
        let (step, side) = (self.workflow.step(id.0).id.clone(), id.1);
        let state = self.run.lane(id).and_then(|lane| lane.in_flight()).cloned();
        let started = matches!(state, Some(AttemptState::Started));
        match (state, found) {
            // Only a human moves it on; a copy has none.
            (None | Some(AttemptState::Asks { .. }), _) => Ok(()),
            // An undo is tried again until it is done.
            (Some(AttemptState::Started | AttemptState::InDoubt { .. }), Found::Absent)
                if side == Side::Forward =>
            {
                if started {
                    let why = String::new();
                    self.tell(EventKind::AttemptInDoubt { step: step.clone(), side, why })?;
                }
                self.tell(EventKind::AttemptFoundAbsent { step, side })
            }
            (Some(_), _) => {
                self.tell(EventKind::AttemptSucceeded { step, side, output: Value::Null })
            }
        }
    }

    /// The next compensation that is ready and does not bar the way.
    fn next(&self) -> Option<StepIdx> {
        let ready = self.run.ready.iter().filter(|id| id.1 == Side::Undo);
        let mut free = ready.filter(|id| !bars_the_way_back(self.workflow, &self.run, **id));
        free.next().map(|id| id.0)
    }

    fn undo(&mut self, at: StepIdx) -> Result<(), String> {
        let (step, side) = (self.workflow.step(at), Side::Undo);
        let id = step.id.clone();
        let output = &self.run.steps[at as usize].output;
        let (workflow, run) = (self.workflow, &self.run);
        let scope = RunScope { workflow, run, step: at, output: Some(output) };
        if undo_of(step).is_none() || unwanted(step, &scope) {
            return self.tell(EventKind::StepSkipped { step: id, side, why: String::new() });
        }
        self.tell(self.started((at, side), Vec::new()))?;
        self.tell(EventKind::AttemptSucceeded { step: id, side, output: Value::Null })
    }
}

//! Starting a lane: conditions, proof, the resolved input, the intent.

use super::builtin::{begin, truth};
use super::command::{Busy, Call, Command, Verb};
use super::gate::opens_at;
use crate::catalog::ActionTraits;
use crate::event::{Effect, EventKind, Failure, REQUIRES, Side};
use crate::expr::{EvalError, Expr};
use crate::guarded::Guarded;
use crate::id::RequestId;
use crate::lane::{AttemptState, Lane};
use crate::observation::Prepared;
use crate::rollback::{Undo, point_of_no_return, undo_of};
use crate::run::{LaneId, Run};
use crate::scope::{ProofScope, RunScope};
use crate::step::{Compensate, OnInDoubt, StepDef, Work};
use crate::time::Timestamp;
use crate::workflow::Workflow;
use serde_json::Value;

/// How many attempts may begin. What asks a human takes no room, nor, on the way back, does a
/// remote operation that is to be undone while it works: each could hold up the rest for hours.
pub(super) fn room(workflow: &Workflow, run: &Run, busy: &Busy) -> usize {
    let only_captures = busy.calls.iter().filter(|id| !run.active.contains(id)).count();
    let works = |id: &&LaneId| {
        (id.1 == Side::Undo || !run.going_back()) && !run.lane(**id).is_some_and(Lane::asks)
    };
    let in_flight = run.active.iter().filter(works).count() + only_captures;
    (workflow.def().max_parallel.max(1) as usize).saturating_sub(in_flight)
}

/// Starts ready lanes while there is room.
pub(super) fn ready(
    workflow: &Workflow,
    run: &Run,
    now: Timestamp,
    busy: &Busy,
    room: usize,
    commands: &mut Vec<Command>,
) {
    let side = if run.going_back() { Side::Undo } else { Side::Forward };
    let free = run.ready.iter().filter(|id| id.1 == side && !busy.calls.contains(id));
    for id in free.take(room) {
        lane(workflow, run, *id, now, commands);
    }
}

/// Adds what a lane that may start needs first.
pub(super) fn lane(
    workflow: &Workflow,
    run: &Run,
    id: LaneId,
    now: Timestamp,
    commands: &mut Vec<Command>,
) {
    let begun = match id.1 {
        Side::Forward => forward(workflow, run, id, now),
        Side::Undo => undo(workflow, run, id, now),
    };
    commands.push(begun.unwrap_or_else(|error| {
        let failure = Failure::permanent("expression", error.to_string());
        fail(workflow, id, failure)
    }));
}

/// The intent of an attempt, whose durability allows the call.
pub fn intent(
    workflow: &Workflow,
    run: &Run,
    id: LaneId,
    input: Value,
    prepared: Prepared,
    effects: Vec<Effect>,
) -> EventKind {
    let step = workflow.step(id.0).id.clone();
    let attempt = run.lane(id).map_or(0, |lane| lane.attempts) + 1;
    let request_id = RequestId::derive(run.id, &step, id.1.as_str(), attempt);
    EventKind::AttemptStarted {
        step,
        side: id.1,
        attempt,
        input,
        captured: prepared.captured.map(Guarded::Clear),
        request_id,
        not_before: prepared.not_before,
        effects,
    }
}

fn forward(
    workflow: &Workflow,
    run: &Run,
    id: LaneId,
    now: Timestamp,
) -> Result<Command, EvalError> {
    let step = workflow.step(id.0);
    let scope = RunScope { workflow, run, step: id.0, output: None };
    let first = run.steps[id.0 as usize].forward.attempts == 0;
    if let Some(condition) = step.condition.as_ref().filter(|_| first)
        && !truth(condition, &scope)?
    {
        let why = format!("`{}` is false", condition.source);
        return Ok(Command::Record(EventKind::StepSkipped {
            step: step.id.clone(),
            side: id.1,
            why,
        }));
    }
    if let Some(why) = step.requires.as_ref().and_then(|proof| unproved(proof, workflow, run, id)) {
        return Ok(fail(workflow, id, Failure::permanent(REQUIRES, why)));
    }
    match opens_at(&scope, step, now)? {
        Err(failure) => return Ok(fail(workflow, id, failure)),
        Ok(Some(until)) => {
            return Ok(Command::Record(EventKind::TimerSet { step: step.id.clone(), until }));
        }
        Ok(None) => {}
    }
    match &step.work {
        Work::Action { with, traits, .. } => Ok(act(run, id, with.render(&scope)?, traits)),
        other => begin(step, other, &scope, now).map(|made| match made {
            Ok(event) => Command::Record(event),
            Err(failure) => fail(workflow, id, failure),
        }),
    }
}

/// Why what a step requires is not proved.
fn unproved(proof: &Expr, workflow: &Workflow, run: &Run, id: LaneId) -> Option<String> {
    let seen = ProofScope(RunScope { workflow, run, step: id.0, output: None });
    match proof.holds(&seen) {
        Ok(true) => None,
        Ok(false) => Some(format!("what it requires does not hold: `{}`", proof.source)),
        Err(error) => Some(format!("what it requires is not proved: {error}")),
    }
}

fn act(run: &Run, lane: LaneId, input: Value, traits: &ActionTraits) -> Command {
    if !traits.captures {
        return Command::Begin { lane, input };
    }
    let attempt = run.lane(lane).map_or(0, |lane| lane.attempts) + 1;
    Command::Perform(Call { lane, attempt, verb: Verb::Capture { input } })
}

fn undo(workflow: &Workflow, run: &Run, id: LaneId, now: Timestamp) -> Result<Command, EvalError> {
    let command = undo_at_last(workflow, run, id)?;
    let step = workflow.step(id.0);
    let acts = matches!(command, Command::Begin { .. } | Command::Perform(_));
    let forward = &run.steps[id.0 as usize].forward;
    match still_on_its_way(workflow, step, forward).filter(|at| acts && now < *at) {
        Some(not_before) => {
            let (step, side) = (step.id.clone(), Side::Undo);
            Ok(Command::Record(EventKind::RetryScheduled { step, side, not_before }))
        }
        None => Ok(command),
    }
}

fn undo_at_last(workflow: &Workflow, run: &Run, id: LaneId) -> Result<Command, EvalError> {
    let step = workflow.step(id.0);
    let here = &run.steps[id.0 as usize];
    let leave = |why: &str| {
        let (step, why) = (step.id.clone(), why.to_owned());
        Ok(Command::Record(EventKind::StepSkipped { step, side: Side::Undo, why }))
    };
    if point_of_no_return(step) && here.forward.armed {
        let why = match &step.compensate {
            Compensate::None { reason: Some(reason), .. } => reason,
            _ => "what it did cannot be undone",
        };
        let message = format!("it is a point of no return: {why}");
        return Ok(fail(workflow, id, Failure::permanent("point_of_no_return", message)));
    }
    let scope = RunScope { workflow, run, step: id.0, output: Some(&here.output) };
    match undo_of(step) {
        None => leave(match &step.compensate {
            Compensate::None { reason: Some(reason), .. } => reason,
            _ => "nothing undoes it",
        }),
        Some(Undo::Own(_)) => {
            if let Compensate::AutoIf { only_if } = &step.compensate
                && !truth(only_if, &scope)?
            {
                return leave(&format!("`{}` is false", only_if.source));
            }
            let input = here.forward.attempt.as_ref().map(|a| a.input.clone()).unwrap_or_default();
            Ok(Command::Begin { lane: id, input })
        }
        Some(Undo::Custom(Compensate::Custom { with, traits, only_if, .. })) => {
            if let Some(guard) = only_if
                && !truth(guard, &scope)?
            {
                return leave(&format!("`{}` is false", guard.source));
            }
            Ok(act(run, id, with.render(&scope)?, traits))
        }
        Some(Undo::Custom(_)) => leave("nothing undoes it"),
    }
}

/// Until when a request of the step may still arrive that nobody looked for: one whose answer was
/// lost where the file says that doubt is settled by doing it again. Undone before, it would come
/// after its compensation.
fn still_on_its_way(workflow: &Workflow, step: &StepDef, forward: &Lane) -> Option<Timestamp> {
    let attempt = forward.attempt.as_deref()?;
    let Work::Action { traits, .. } = &step.work else { return None };
    let doubted = matches!(attempt.state, AttemptState::InDoubt { .. }) || attempt.number > 1;
    let rerun = step.on_in_doubt == OnInDoubt::Rerun && doubted;
    let settle_ms = workflow.def().environment.settle_ms(traits.settle_ms);
    rerun.then(|| attempt.settled_at(settle_ms))
}

fn fail(workflow: &Workflow, id: LaneId, failure: Failure) -> Command {
    let step = workflow.step(id.0).id.clone();
    Command::Record(EventKind::StepFailed { step, side: id.1, failure })
}

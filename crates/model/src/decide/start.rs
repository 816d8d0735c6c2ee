//! Starting a lane: conditions, proof, the resolved input, the intent.

use super::command::{Busy, Call, Command, Verb};
use crate::catalog::ActionTraits;
use crate::event::{Effect, EventKind, Failure, Side};
use crate::expr::{EvalError, Expr, Template};
use crate::guarded::Guarded;
use crate::id::RequestId;
use crate::lane::{AttemptState, Lane};
use crate::observation::Prepared;
use crate::rollback::{Undo, point_of_no_return, undo_of};
use crate::run::{LaneId, Run};
use crate::scope::RunScope;
use crate::step::{Compensate, OnInDoubt, OnTimeout, StepDef, Work};
use crate::time::{Millis, Timestamp};
use crate::window::Window;
use crate::workflow::Workflow;
use serde_json::{Value, json};

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
    if let Some(proof) = &step.requires
        && !truth(proof, &scope)?
    {
        let message = format!("what it requires does not hold: `{}`", proof.source);
        return Ok(fail(workflow, id, Failure::permanent("requires", message)));
    }
    match &step.work {
        Work::Action { with, traits, .. } => Ok(act(run, id, with.render(&scope)?, traits)),
        other => builtin(step, other, &scope, now).map(|made| match made {
            Ok(event) => Command::Record(event),
            Err(failure) => fail(workflow, id, failure),
        }),
    }
}

fn act(run: &Run, lane: LaneId, input: Value, traits: &ActionTraits) -> Command {
    if !traits.captures {
        return Command::Begin { lane, input };
    }
    let attempt = run.lane(lane).map_or(0, |lane| lane.attempts) + 1;
    Command::Perform(Call { lane, attempt, verb: Verb::Capture { input } })
}

/// Steps that the engine does by itself.
fn builtin(
    step: &StepDef,
    work: &Work,
    scope: &RunScope<'_>,
    now: Timestamp,
) -> Result<Result<EventKind, Failure>, EvalError> {
    let id = || step.id.clone();
    let done = |output: Value| Ok(Ok(EventKind::StepSucceeded { step: step.id.clone(), output }));
    match work {
        Work::Approve { prompt, typed } => {
            let typed = typed.as_ref().map(|t| text(t, scope)).transpose()?;
            Ok(Ok(ask(scope.workflow, step, text(prompt, scope)?, typed, now)))
        }
        Work::Input { prompt, .. } => {
            Ok(Ok(ask(scope.workflow, step, text(prompt, scope)?, None, now)))
        }
        Work::WaitFor { span } => Ok(span_ms(&span.render(scope)?)
            .map(|span| EventKind::TimerSet { step: id(), until: now.after(span) })),
        Work::WaitUntil { until, zone } => {
            let zone = zone.as_deref().or(scope.workflow.def().environment.zone.as_deref());
            let until = next_time(&text(until, scope)?, zone.unwrap_or("UTC"), now);
            Ok(until.map(|until| EventKind::TimerSet { step: id(), until }))
        }
        Work::WaitWindow { window } => Ok(in_window(scope.workflow, step, window, now)),
        Work::Assert { that, message } => {
            if truth(that, scope)? {
                return done(json!({}));
            }
            let said = message.as_ref().map(|m| text(m, scope)).transpose()?;
            let message = said.unwrap_or_else(|| format!("`{}` does not hold", that.source));
            Ok(Err(Failure::permanent("assertion", message)))
        }
        Work::Set { values } => done(values.render(scope)?),
        Work::Join | Work::Action { .. } => done(Value::Null),
    }
}

/// The end of a wait for a window that is open, or the timer until it opens.
pub(super) fn in_window(
    workflow: &Workflow,
    step: &StepDef,
    window: &Window,
    now: Timestamp,
) -> Result<EventKind, Failure> {
    let zone = workflow.def().environment.zone.as_deref();
    let opening = window.opening(zone, now).map_err(|why| Failure::permanent("time", why))?;
    let step = step.id.clone();
    if opening.from > now {
        return Ok(EventKind::TimerSet { step, until: opening.from });
    }
    let output = json!({ "opened": opening.from, "closes": opening.to });
    Ok(EventKind::StepSucceeded { step, output })
}

fn ask(
    workflow: &Workflow,
    step: &StepDef,
    prompt: String,
    typed: Option<String>,
    now: Timestamp,
) -> EventKind {
    let ends = step.on_timeout != OnTimeout::Wait;
    let deadline = step.timeout_ms.filter(|_| ends).map(|span| now.after(span));
    EventKind::SignalAwaited {
        step: step.id.clone(),
        prompt,
        roles: step.roles.clone(),
        typed,
        not_by: workflow.barred(step).map(str::to_owned),
        deadline,
    }
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
        let message = "it is a point of no return: what it did cannot be undone";
        return Ok(fail(workflow, id, Failure::permanent("point_of_no_return", message)));
    }
    let scope = RunScope { workflow, run, step: id.0, output: Some(&here.output) };
    match undo_of(step) {
        None => leave(match &step.compensate {
            Compensate::None { reason: Some(reason) } => reason,
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

fn truth(expr: &Expr, scope: &RunScope<'_>) -> Result<bool, EvalError> {
    expr.holds(scope)
}

fn text(template: &Template, scope: &RunScope<'_>) -> Result<String, EvalError> {
    Ok(match template.render(scope)? {
        Value::String(text) => text,
        other => other.to_string(),
    })
}

/// A number of milliseconds, or a text such as `90s`, `5m`, `2h`, `3d`.
fn span_ms(value: &Value) -> Result<Millis, Failure> {
    let bad = || {
        let message = format!(
            "`{value}` is no span of time: \
             write a number of milliseconds, or `90s`, `5m`, `2h`, `3d`"
        );
        Failure::permanent("span", message)
    };
    if let Some(ms) = value.as_u64() {
        return Ok(ms);
    }
    crate::time::parse_span(value.as_str().ok_or_else(bad)?).ok_or_else(bad)
}

/// An RFC 3339 time, or the next time the zone's clock shows `HH:MM`.
fn next_time(text: &str, zone: &str, now: Timestamp) -> Result<Timestamp, Failure> {
    crate::time::next_local(text, zone, now).map_err(|why| Failure::permanent("time", why))
}

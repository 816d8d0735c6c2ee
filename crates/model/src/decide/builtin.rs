//! Steps that the engine does by itself: questions, waits, signals, values.

use crate::event::{EventKind, Failure, Side};
use crate::expr::{EvalError, Expr, Template};
use crate::run::{Run, Sent};
use crate::scope::RunScope;
use crate::step::{OnTimeout, StepDef, Work};
use crate::time::{Millis, Timestamp};
use crate::window::Window;
use crate::workflow::{StepIdx, Workflow};
use serde_json::{Value, json};

/// What comes of a step that the engine does by itself, now that it begins.
pub(super) fn begin(
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
        Work::WaitSignal { name } => Ok(Ok(match scope.run.sent(name) {
            Some(sent) => arrived(step, sent),
            None => await_signal(step, name, now),
        })),
        Work::Rounds { until } => rounds(scope, step, until),
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

/// The first step that waits for a signal which has come: its end, which takes the signal.
pub(super) fn heard(workflow: &Workflow, run: &Run) -> Option<EventKind> {
    if run.signals.is_empty() {
        return None;
    }
    run.awaiting.iter().find_map(|(at, _)| {
        let step = workflow.step(*at);
        let Work::WaitSignal { name } = &step.work else { return None };
        run.sent(name).map(|sent| arrived(step, sent))
    })
}

fn arrived(step: &StepDef, sent: &Sent) -> EventKind {
    let Sent { by, data, note, .. } = sent;
    let output = json!({ "data": data, "by": by, "note": note });
    EventKind::StepSucceeded { step: step.id.clone(), output }
}

fn await_signal(step: &StepDef, name: &str, now: Timestamp) -> EventKind {
    EventKind::SignalAwaited {
        step: step.id.clone(),
        prompt: format!("the signal `{name}`"),
        roles: step.roles.clone(),
        typed: None,
        not_by: None,
        signal: Some(name.to_owned()),
        deadline: deadline(step, now),
    }
}

/// The end of a `repeat`: the outputs of its last round. One that an operator called done has none,
/// and counts.
fn rounds(
    scope: &RunScope<'_>,
    step: &StepDef,
    until: &Expr,
) -> Result<Result<EventKind, Failure>, EvalError> {
    let RunScope { workflow, run, step: at, .. } = *scope;
    let mut needs: Vec<StepIdx> = workflow.needs(at).collect();
    needs.sort_unstable();
    let done = |need: &&StepIdx| run.steps[**need as usize].forward.succeeded();
    let Some(last) = needs.iter().rev().find(done) else {
        let why = "no round of it was to be carried out".to_owned();
        return Ok(Ok(EventKind::StepSkipped { step: step.id.clone(), side: Side::Forward, why }));
    };
    let output = &run.steps[*last as usize].output;
    let seen = RunScope { workflow, run, step: *last, output: Some(output) };
    if output.is_null() || until.holds(&seen)? {
        return Ok(Ok(EventKind::StepSucceeded { step: step.id.clone(), output: output.clone() }));
    }
    let count = needs.iter().filter(done).count();
    let message = format!("`{}` does not hold after {count} rounds", until.source);
    Ok(Err(Failure::permanent("until", message)))
}

fn deadline(step: &StepDef, now: Timestamp) -> Option<Timestamp> {
    let ends = step.on_timeout != OnTimeout::Wait;
    step.timeout_ms.filter(|_| ends).map(|span| now.after(span))
}

fn ask(
    workflow: &Workflow,
    step: &StepDef,
    prompt: String,
    typed: Option<String>,
    now: Timestamp,
) -> EventKind {
    EventKind::SignalAwaited {
        step: step.id.clone(),
        prompt,
        roles: step.roles.clone(),
        typed,
        not_by: workflow.barred(step).map(str::to_owned),
        signal: None,
        deadline: deadline(step, now),
    }
}

pub(super) fn truth(expr: &Expr, scope: &RunScope<'_>) -> Result<bool, EvalError> {
    expr.holds(scope)
}

pub(super) fn text(template: &Template, scope: &RunScope<'_>) -> Result<String, EvalError> {
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
pub(super) fn next_time(text: &str, zone: &str, now: Timestamp) -> Result<Timestamp, Failure> {
    crate::time::next_local(text, zone, now).map_err(|why| Failure::permanent("time", why))
}

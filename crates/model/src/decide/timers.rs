//! Timers whose time has come: sleeps, retries, deadlines of questions.

use super::command::{Busy, Command};
use super::{builtin, start};
use crate::event::{EventKind, Failure, Side};
use crate::lane::LaneState;
use crate::run::{LaneId, Run};
use crate::step::{OnTimeout, Work};
use crate::time::Timestamp;
use crate::workflow::Workflow;
use serde_json::json;

/// Adds what due timers mean, and when to look again for the others.
pub(super) fn due(
    workflow: &Workflow,
    run: &Run,
    now: Timestamp,
    busy: &Busy,
    room: &mut usize,
    commands: &mut Vec<Command>,
) {
    let starts = |id: LaneId, state: &LaneState| match state {
        LaneState::RetryAt(_) => true,
        LaneState::Sleeping(_) => !workflow.step(id.0).gate.is_open(),
        _ => false,
    };
    for (at, id) in &run.timers {
        if *at > now {
            commands.push(Command::WakeAt(*at));
            return;
        }
        let on_its_way_out = run.going_back() && id.1 == Side::Forward;
        if busy.calls.contains(id) || on_its_way_out {
            continue;
        }
        match run.lane(*id).map(|lane| &lane.state) {
            // Where there is no room, the end of what takes it is when this is looked at again.
            Some(state) if starts(*id, state) && *room == 0 => {}
            Some(state) if starts(*id, state) => {
                *room -= 1;
                start::lane(workflow, run, *id, now, commands);
            }
            Some(LaneState::Sleeping(_)) => {
                commands.push(Command::Record(awake(workflow, *id, *at, now)));
            }
            Some(LaneState::Awaiting(_)) => {
                commands.push(Command::Record(unanswered(workflow, *id)))
            }
            _ => {}
        }
    }
}

/// A sleep is over. A window may have closed meanwhile, where nobody drove the run: then it waits
/// for the next.
fn awake(workflow: &Workflow, id: LaneId, at: Timestamp, now: Timestamp) -> EventKind {
    let step = workflow.step(id.0);
    let id = || step.id.clone();
    match &step.work {
        Work::WaitWindow { window } => {
            builtin::in_window(workflow, step, window, now).unwrap_or_else(|failure| {
                EventKind::StepFailed { step: id(), side: Side::Forward, failure }
            })
        }
        _ => EventKind::StepSucceeded { step: id(), output: json!({ "until": at }) },
    }
}

/// Nobody answered, or sent the signal, in time. A question that waits for ever has no timer.
fn unanswered(workflow: &Workflow, id: LaneId) -> EventKind {
    let step = workflow.step(id.0);
    let why = match &step.work {
        Work::WaitSignal { name } => format!("the signal `{name}` did not come in time"),
        _ => "nobody answered in time".to_owned(),
    };
    match step.on_timeout {
        OnTimeout::Skip => EventKind::StepSkipped { step: step.id.clone(), side: id.1, why },
        OnTimeout::Fail | OnTimeout::Wait => EventKind::StepFailed {
            step: step.id.clone(),
            side: id.1,
            failure: Failure::permanent("timeout", why),
        },
    }
}

//! Events of steps that call no action: questions, timers, values; and of steps that are not to
//! run.

use crate::event::{Event, EventKind, Side};
use crate::lane::{Finish, LaneState};
use crate::run::{LaneId, Run};
use crate::step::Work;
use crate::workflow::Workflow;
use serde_json::Value;

/// Applies an event of a lane without an attempt. False where it has no rule here.
pub(super) fn apply(workflow: &Workflow, run: &mut Run, id: LaneId, event: &Event) -> bool {
    let Some(lane) = run.lane(id) else { return false };
    let forward = id.1 == Side::Forward && !run.going_back();
    match (&event.kind, &lane.state) {
        (EventKind::StepSkipped { .. }, LaneState::Ready | LaneState::Awaiting(_))
            if forward || id.1 == Side::Undo =>
        {
            run.finish(workflow, id, Finish::Skipped);
            true
        }
        (
            EventKind::StepSucceeded { output, .. },
            LaneState::Ready
            | LaneState::Sleeping(_)
            | LaneState::Awaiting(_)
            | LaneState::Answered,
        ) if forward => succeed(workflow, run, id, output.clone()),
        (EventKind::SignalAwaited { deadline, .. }, LaneState::Ready | LaneState::Sleeping(_))
            if forward =>
        {
            run.set(id, LaneState::Awaiting(*deadline));
            true
        }
        (EventKind::SignalReceived { .. }, LaneState::Awaiting(_)) if forward => {
            run.set(id, LaneState::Answered);
            true
        }
        (
            EventKind::TimerSet { until, .. },
            LaneState::Ready | LaneState::Sleeping(_) | LaneState::RetryAt(_),
        ) if forward => {
            let gated = !workflow.step(id.0).gate.is_open();
            if let Some(lane) = run.lane_mut(id).filter(|_| gated) {
                lane.begins_at.get_or_insert(*until);
            }
            run.set(id, LaneState::Sleeping(*until));
            true
        }
        (
            EventKind::StepFailed { failure, .. },
            LaneState::Ready
            | LaneState::Awaiting(_)
            | LaneState::Answered
            | LaneState::Sleeping(_),
        ) if forward || id.1 == Side::Undo => {
            run.set(id, LaneState::Failed { failure: failure.clone(), in_doubt: false });
            true
        }
        _ => false,
    }
}

/// A step that calls no action ends well. One that waits for a signal takes it; one that waits for
/// a human ends by his answer only.
fn succeed(workflow: &Workflow, run: &mut Run, id: LaneId, output: Value) -> bool {
    let asks = run.awaiting.contains(&id);
    let legal = match &workflow.step(id.0).work {
        Work::WaitSignal { name } => {
            let oldest = run.signals.iter().position(|sent| sent.name == *name);
            oldest.map(|at| run.signals.remove(at)).is_some()
        }
        _ => !asks,
    };
    if legal {
        run.steps[id.0 as usize].output = output;
        run.finish(workflow, id, Finish::Succeeded);
    }
    legal
}

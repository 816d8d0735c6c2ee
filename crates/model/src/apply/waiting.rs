//! Events of steps that call no action: questions, timers, values; and of steps that are not to
//! run.

use crate::event::{Event, EventKind, Side};
use crate::lane::{Finish, LaneState};
use crate::run::{LaneId, Run};
use crate::workflow::Workflow;

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
            LaneState::Ready | LaneState::Sleeping(_) | LaneState::Answered,
        ) if forward => {
            run.steps[id.0 as usize].output = output.clone();
            run.finish(workflow, id, Finish::Succeeded);
            true
        }
        (EventKind::SignalAwaited { deadline, .. }, LaneState::Ready) if forward => {
            run.set(id, LaneState::Awaiting(*deadline));
            true
        }
        (EventKind::SignalReceived { .. }, LaneState::Awaiting(_)) if forward => {
            run.set(id, LaneState::Answered);
            true
        }
        (EventKind::TimerSet { until, .. }, LaneState::Ready | LaneState::Sleeping(_))
            if forward =>
        {
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
        (EventKind::DriftFound { .. }, LaneState::Finished(_)) => true,
        _ => false,
    }
}

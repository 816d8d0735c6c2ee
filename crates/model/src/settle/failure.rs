//! What a failed attempt means: another one later, or the step's failure.

use crate::event::{EventKind, Failure, Side};
use crate::retry::{again_or_fail, attempts_counted};
use crate::run::{LaneId, Run};
use crate::time::Timestamp;
use crate::workflow::Workflow;

/// The attempt did not do its work.
pub(super) fn attempt_failed(
    workflow: &Workflow,
    run: &Run,
    id: LaneId,
    failure: Failure,
    now: Timestamp,
) -> Vec<EventKind> {
    let (step, side) = (workflow.step(id.0).id.clone(), id.1);
    let failed = EventKind::AttemptFailed { step, side, failure: failure.clone() };
    if id.1 == Side::Forward && run.going_back() {
        return vec![failed];
    }
    let attempts = attempts_counted(run, id);
    vec![failed, again_or_fail(workflow, run, id, failure, attempts, now)]
}

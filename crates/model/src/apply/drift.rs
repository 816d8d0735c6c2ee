//! Events about what is no longer as a finished step left it.

use crate::drift::{DriftDecision, Drifted};
use crate::event::{Event, EventKind};
use crate::guards::may_put_back;
use crate::lane::LaneState;
use crate::run::{LaneId, Run};
use crate::workflow::Workflow;

/// Applies an event of a finished lane. False where it has no rule here.
pub(super) fn apply(workflow: &Workflow, run: &mut Run, id: LaneId, event: &Event) -> bool {
    let finished = run.lane(id).is_some_and(|lane| matches!(lane.state, LaneState::Finished(_)));
    match &event.kind {
        EventKind::DriftFound { what, .. } if finished => {
            let drifted = Drifted { at: event.at, what: what.clone(), decision: None };
            run.steps[id.0 as usize].drifted = Some(drifted);
            true
        }
        EventKind::DriftDecided { decision, .. } if finished => {
            let puts_back = *decision == DriftDecision::PutBack;
            let legal = !puts_back || (run.works() && may_put_back(workflow, run, id.0));
            let Some(drifted) = run.steps[id.0 as usize].drifted.as_mut().filter(|_| legal) else {
                return false;
            };
            drifted.decision = Some(*decision);
            if puts_back {
                run.reopen(workflow, id.0);
            }
            true
        }
        _ => false,
    }
}

//! Who is at work in a run right now: what a human should know before she lets go of it.

use windlass_model::lane::AttemptState;
use windlass_model::run::{LaneId, Run};
use windlass_model::step::OnInDoubt;
use windlass_model::{Side, StepDef, Work, Workflow};

/// The action that runs scripts.
const SCRIPT: &str = "shell";

/// Steps whose work goes on outside although this process ends.
pub fn outside<'w>(workflow: &'w Workflow, run: &Run) -> Vec<&'w str> {
    let accepted = |id: &LaneId| {
        let lane = run.lane(*id);
        lane.is_some_and(|lane| matches!(lane.in_flight(), Some(AttemptState::Accepted)))
    };
    let steps = run.active.iter().filter(|id| accepted(id)).map(|id| workflow.step(id.0));
    steps.filter(|step| !is_script(step)).map(|step| step.id.as_str()).collect()
}

/// Steps whose script ends with this process, so that a human must tell what it has done: those
/// that may simply be done again say so.
pub fn cut_short<'w>(workflow: &'w Workflow, run: &Run) -> Vec<&'w str> {
    let at_work = run.active.iter().filter(|id| {
        let script = id.1 == Side::Undo || is_script(workflow.step(id.0));
        script && run.lane(**id).is_some_and(|lane| lane.in_flight().is_some())
    });
    let steps = at_work.map(|id| workflow.step(id.0));
    steps
        .filter(|step| is_script(step) && step.on_in_doubt != OnInDoubt::Rerun)
        .map(|step| step.id.as_str())
        .collect()
}

fn is_script(step: &StepDef) -> bool {
    matches!(&step.work, Work::Action { uses, .. } if uses == SCRIPT)
}

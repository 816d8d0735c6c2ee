//! Rounds that may never come: a step that is repeated at most a hundred times stands a hundred
//! times in its workflow, and a human wants to see those that were carried out.

use std::collections::BTreeSet;
use windlass_model::lane::{Finish, LaneState};
use windlass_model::run::Run;
use windlass_model::{StepIdx, Work, Workflow};

/// The steps of all rounds but the first.
pub fn later(workflow: &Workflow) -> BTreeSet<StepIdx> {
    let mut found = BTreeSet::new();
    let all = || 0..workflow.len() as StepIdx;
    for end in all().filter(|at| matches!(workflow.step(*at).work, Work::Rounds { .. })) {
        let mut rounds: Vec<StepIdx> = workflow.needs(end).collect();
        rounds.sort_unstable();
        let Some((_, later)) = rounds.split_first() else { continue };
        let group = format!("{}.pause[", workflow.step(end).id);
        let inside: Vec<String> =
            later.iter().map(|round| format!("{}.", workflow.step(*round).id)).collect();
        found.extend(later);
        found.extend(all().filter(|at| {
            let id = workflow.step(*at).id.as_str();
            id.starts_with(&group) || inside.iter().any(|round| id.starts_with(round.as_str()))
        }));
    }
    found
}

/// Those of them that have not begun, or are not to.
pub fn not_begun(workflow: &Workflow, run: &Run) -> BTreeSet<StepIdx> {
    let mut later = later(workflow);
    later.retain(|at| {
        let state = &run.steps[*at as usize].forward.state;
        matches!(state, LaneState::Blocked(_) | LaneState::Finished(Finish::Skipped))
    });
    later
}

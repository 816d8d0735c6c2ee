//! Setting up the way back: which compensations there are and what each waits for.
//!
//! A compensation waits for those of the steps that came after its own, and for the end of its own
//! step's attempt where one is in flight. It is armed by the attempt's start, not by its success.

use crate::catalog::{ActionTraits, EffectClass};
use crate::event::{Effect, Side};
use crate::id::StepId;
use crate::lane::{AttemptState, Finish, Lane, LaneState};
use crate::run::{Course, LaneId, Run, StepRun};
use crate::step::{Compensate, StepDef, Work};
use crate::time::Timestamp;
use crate::workflow::{StepIdx, Workflow};
use serde_json::Value;
use std::collections::BTreeSet;

/// What undoes a step, where anything does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Undo<'a> {
    /// Its own action's compensation.
    Own(&'a ActionTraits),
    /// Another action.
    Custom(&'a Compensate),
}

/// What undoes a step; none for steps without effect, without compensation, or that say so.
pub fn undo_of(step: &StepDef) -> Option<Undo<'_>> {
    let Work::Action { traits, .. } = &step.work else { return None };
    match &step.compensate {
        Compensate::None { .. } => None,
        custom @ Compensate::Custom { .. } => Some(Undo::Custom(custom)),
        Compensate::Auto | Compensate::AutoIf { .. } => {
            traits.compensates.then_some(Undo::Own(traits))
        }
    }
}

/// Whether a rollback stops at the step once it may have acted: it says so, or its action changes
/// the world for good and nobody said what else undoes it or why nothing need to.
pub fn point_of_no_return(step: &StepDef) -> bool {
    let for_good = matches!(&step.work, Work::Action { traits, .. }
        if traits.class == EffectClass::Irreversible);
    let left_to_the_action =
        matches!(step.compensate, Compensate::Auto | Compensate::AutoIf { .. });
    step.irreversible || (for_good && left_to_the_action)
}

/// Whether a lane is a point of no return that a rollback has come to. Nobody goes on past it: what
/// the steps before it would put back does not fit what it did.
pub fn bars_the_way_back(workflow: &Workflow, run: &Run, (at, side): LaneId) -> bool {
    let armed = run.steps[at as usize].forward.armed;
    side == Side::Undo && armed && point_of_no_return(workflow.step(at))
}

/// Whether a compensation may begin although the step's remote operation still works.
pub fn undo_in_progress(step: &StepDef) -> bool {
    matches!(undo_of(step), Some(Undo::Own(traits)) if traits.compensates_in_progress)
}

/// The fields that a step's own compensation sets, as far as that can be told without what was
/// captured: from what its outputs say of before, and since there are but two truth values. One
/// that had changed nothing sets nothing.
pub fn puts_back(step: &StepRun) -> Vec<Effect> {
    if step.output.get("changed") == Some(&Value::Bool(false)) {
        return Vec::new();
    }
    let effects = step.forward.attempt.iter().flat_map(|attempt| &attempt.effects);
    let back = effects.filter_map(|Effect { resource, field, value }| {
        let before = step.output.get(format!("previous_{field}")).filter(|it| !it.is_null());
        let value = match (before, value) {
            (Some(before), _) => before.clone(),
            (None, Value::Bool(set)) => Value::Bool(!set),
            (None, _) => return None,
        };
        Some(Effect { resource: resource.clone(), field: field.clone(), value })
    });
    back.collect()
}

/// Turns a run around, or widens a partial rollback. Steps that have not begun are dropped;
/// attempts in flight are settled first. A compensation that an earlier rollback called for stays
/// where it
/// stands: all that comes after its step was called for together with it.
pub(crate) fn turn_back(workflow: &Workflow, run: &mut Run, to: Option<&StepId>, now: Timestamp) {
    run.course = Course::Back { to: to.cloned() };
    run.halt = None;
    run.wish = None;
    let scope = to.and_then(|id| workflow.find(id)).map(|at| descendants(workflow, at));
    let inside = |at: &StepIdx| scope.as_ref().is_none_or(|scope| scope.contains(at));
    for at in 0..workflow.len() as StepIdx {
        drop_unbegun(run, at, now);
    }
    let called: Vec<StepIdx> = (0..workflow.len() as StepIdx)
        .filter(|at| inside(at) && run.steps[*at as usize].undo.is_none())
        .collect();
    for at in &called {
        let lane = Lane { state: LaneState::Blocked(0), ..Lane::blocked(0) };
        run.steps[*at as usize].undo = Some(Box::new(lane));
    }
    run.undo_unfinished += called.len() as u32;
    for at in &called {
        let open =
            |after: &StepIdx| run.lane((*after, Side::Undo)).is_some_and(|lane| !lane.finished());
        let after = workflow.dependents(*at).filter(open).count() as u32;
        let waits = must_settle_first(workflow, run, *at);
        run.steps[*at as usize].undo_waits = waits;
        // One more than it waits for: taken away below, by the same road as every other need.
        if let Some(lane) = run.lane_mut((*at, Side::Undo)) {
            lane.state = LaneState::Blocked(after + u32::from(waits) + 1);
        }
    }
    for at in called {
        let id = (at, Side::Undo);
        if let Some(end) = run.free_one(workflow, id) {
            run.finish(workflow, id, end);
        }
    }
}

/// Whether the forward attempt's end must be known before its compensation may begin.
fn must_settle_first(workflow: &Workflow, run: &Run, at: StepIdx) -> bool {
    match run.steps[at as usize].forward.in_flight() {
        None => false,
        Some(AttemptState::Accepted) => !undo_in_progress(workflow.step(at)),
        Some(_) => true,
    }
}

/// A forward lane that waits, for whatever, will not start any more.
fn drop_unbegun(run: &mut Run, at: StepIdx, now: Timestamp) {
    let id = (at, Side::Forward);
    let in_doubt = match &run.steps[at as usize].forward.state {
        LaneState::Finished(_) | LaneState::Attempting => return,
        LaneState::Failed { in_doubt, .. } => *in_doubt,
        _ => false,
    };
    if in_doubt {
        // It failed with its remote operation still at work: that must be settled before it can be
        // undone.
        doubt_again(run, id, now);
    } else {
        run.set(id, LaneState::Finished(Finish::Skipped));
    }
}

/// Puts a lane that failed in doubt back into doubt, with its whole time and a whole set of
/// attempts.
pub(crate) fn doubt_again(run: &mut Run, id: LaneId, now: Timestamp) {
    if let Some(lane) = run.lane_mut(id) {
        lane.attempts_before = lane.attempts;
        if let Some(attempt) = lane.attempt.as_mut() {
            let why = "the step had failed before its end was known".to_owned();
            attempt.state = AttemptState::InDoubt { why };
            attempt.resumed_at = Some(now);
        }
    }
    run.set(id, LaneState::Attempting);
}

/// Every step that comes after one, by needs.
pub fn descendants(workflow: &Workflow, from: StepIdx) -> BTreeSet<StepIdx> {
    let mut found = BTreeSet::new();
    let mut next = vec![from];
    while let Some(at) = next.pop() {
        for dependent in workflow.dependents(at) {
            if found.insert(dependent) {
                next.push(dependent);
            }
        }
    }
    found
}

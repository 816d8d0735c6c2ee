//! The run's sets and counters worked out the slow way, from the lanes and the workflow alone.

use std::collections::BTreeSet;
use windlass_model::lane::{AttemptState, Lane, LaneState};
use windlass_model::rollback::undo_in_progress;
use windlass_model::run::{Course, LaneId, Run};
use windlass_model::{EventKind, Side, Workflow};

/// Panics where a set, a counter or a need disagrees with the lanes.
pub fn check(workflow: &Workflow, run: &Run) {
    let lanes = || {
        (0..workflow.len() as u32)
            .flat_map(|at| [(at, Side::Forward), (at, Side::Undo)])
            .filter_map(|id| run.lane(id).map(|lane| (id, lane)))
    };
    let set = |wanted: fn(&Lane) -> bool| -> BTreeSet<LaneId> {
        lanes().filter(|(_, lane)| wanted(lane)).map(|(id, _)| id).collect()
    };
    assert_eq!(run.ready, set(|l| l.state == LaneState::Ready), "ready");
    assert_eq!(run.active, set(|l| l.state == LaneState::Attempting), "active");
    assert_eq!(run.awaiting, set(|l| matches!(l.state, LaneState::Awaiting(_))), "awaiting");
    assert_eq!(run.failed, set(|l| matches!(l.state, LaneState::Failed { .. })), "failed");
    let timers: BTreeSet<_> =
        lanes().filter_map(|(id, lane)| lane.due().map(|due| (due, id))).collect();
    assert_eq!(run.timers, timers, "timers");
    let retrying = lanes().filter(|(_, l)| matches!(l.state, LaneState::RetryAt(_))).count();
    assert_eq!(run.retrying as usize, retrying, "retrying");
    let open = |side: Side| lanes().filter(|(id, l)| id.1 == side && !l.finished()).count();
    assert_eq!(run.unfinished as usize, open(Side::Forward), "unfinished");
    assert_eq!(run.undo_unfinished as usize, open(Side::Undo), "undo_unfinished");
    for (id, lane) in lanes() {
        assert!(lane.state != LaneState::Blocked(0), "{id:?} waits for nothing");
        assert!(lane.attempts >= lane.attempts_before, "{id:?} counts backwards");
        if lane.state == LaneState::Attempting {
            assert!(lane.attempt.is_some(), "{id:?} has no attempt");
        }
        if let LaneState::Blocked(unmet) = lane.state {
            assert_eq!(unmet as usize, waits_for(workflow, run, id), "{id:?} waits for");
        }
    }
    if run.going_back() {
        let none = |wanted: &BTreeSet<LaneId>| wanted.iter().all(|id| id.1 == Side::Undo);
        assert!(none(&run.ready) && none(&run.failed) && run.awaiting.is_empty());
    }
    if !matches!(run.course, Course::Forward | Course::Back { .. }) {
        assert!(run.halt.is_none(), "a run that is not under way has halted");
    }
}

/// Panics where an event that was just applied should not have been.
pub fn check_event(workflow: &Workflow, before: &Run, kind: &EventKind) {
    let EventKind::AttemptStarted { step, side, attempt, .. } = kind else { return };
    let at = workflow.find(step).expect("a known step");
    let finished = |at: u32, side: Side| before.lane((at, side)).is_some_and(Lane::finished);
    match side {
        Side::Forward => {
            let met = workflow.needs(at).all(|need| finished(need, Side::Forward));
            assert!(met, "`{step}` starts with unmet needs");
            let mut before_it: Vec<u32> = workflow.needs(at).collect();
            while let Some(need) = before_it.pop().filter(|_| *attempt == 1) {
                assert!(finished(need, Side::Forward), "`{step}` begins before all that it needs");
                before_it.extend(workflow.needs(need));
            }
            assert!(!before.going_back(), "`{step}` starts on the way back");
        }
        Side::Undo => {
            let met = workflow.dependents(at).all(|after| finished(after, Side::Undo));
            assert!(met, "`{step}` is undone before what came after it");
            let forward = &before.steps[at as usize].forward;
            assert!(forward.armed, "`{step}` is undone and was never armed");
            let works = forward.in_flight();
            let undone_at_work = undo_in_progress(workflow.step(at));
            assert!(works.is_none() || undone_at_work, "`{step}` is undone while {works:?}");
            let unsettled = matches!(works, Some(AttemptState::Started));
            assert!(!unsettled, "`{step}` is undone before its end is known");
        }
    }
}

fn waits_for(workflow: &Workflow, run: &Run, (at, side): LaneId) -> usize {
    let open = |at: u32, side: Side| run.lane((at, side)).is_some_and(|l| !l.finished());
    match side {
        Side::Forward => {
            let needs = workflow.needs(at).filter(|need| open(*need, side)).count();
            needs + run.steps.iter().filter(|step| step.holds.contains(&at)).count()
        }
        Side::Undo => {
            let after = workflow.dependents(at).filter(|after| open(*after, side)).count();
            after + usize::from(run.steps[at as usize].undo_waits)
        }
    }
}

//! Events of attempts, the same for a step and for its compensation.

use super::lifecycle::renew;
use crate::event::{Decision, Event, EventKind, Failure, Side};
use crate::lane::{AttemptRecord, AttemptState, Finish, LaneState};
use crate::rollback::undo_in_progress;
use crate::run::{LaneId, Run};
use crate::workflow::Workflow;
use serde_json::Value;

/// Applies an event of an attempt. False where the lane cannot have it.
pub(super) fn apply(workflow: &Workflow, run: &mut Run, id: LaneId, event: &Event) -> bool {
    let Some(lane) = run.lane(id) else { return false };
    let at = lane.in_flight().cloned();
    let forward_is_over = id.1 == Side::Forward && run.going_back();
    match &event.kind {
        EventKind::AttemptStarted { .. } => !forward_is_over && start(run, id, event),
        EventKind::AttemptAccepted { handle, .. } if at.is_some() => {
            with_attempt(run, id, |attempt| {
                attempt.state = AttemptState::Accepted;
                attempt.handle = Some(handle.clone());
            });
            if forward_is_over && undo_in_progress(workflow.step(id.0)) {
                settled(workflow, run, id);
            }
            true
        }
        EventKind::AttemptProgressed { handle, percent, .. }
            if at == Some(AttemptState::Accepted) =>
        {
            with_attempt(run, id, |attempt| {
                attempt.handle = Some(handle.clone());
                attempt.percent = *percent;
            });
            true
        }
        EventKind::AttemptSucceeded { output, .. } if at.is_some() => {
            succeed(workflow, run, id, output.clone());
            true
        }
        EventKind::AttemptFailed { failure, .. } if at.is_some() => {
            run.set(id, LaneState::Failed { failure: failure.clone(), in_doubt: false });
            if forward_is_over {
                drop_forward(workflow, run, id);
            }
            true
        }
        EventKind::AttemptFoundAbsent { .. }
            if matches!(at, Some(AttemptState::InDoubt { .. })) =>
        {
            absent(workflow, run, id, forward_is_over);
            true
        }
        EventKind::AttemptInDoubt { why, .. } if at.is_some() => {
            let why = why.clone();
            with_attempt(run, id, |attempt| attempt.state = AttemptState::InDoubt { why });
            true
        }
        EventKind::DoubtUnsettled { why, .. }
            if matches!(at, Some(AttemptState::InDoubt { .. })) =>
        {
            let why = why.clone();
            with_attempt(run, id, |attempt| attempt.state = AttemptState::Asks { why });
            true
        }
        EventKind::RetryScheduled { not_before, .. } if !forward_is_over => {
            let ok =
                matches!(lane.state, LaneState::Failed { in_doubt: false, .. } | LaneState::Ready);
            if ok {
                run.set(id, LaneState::RetryAt(*not_before));
            }
            ok
        }
        EventKind::StepFailed { failure, .. } => step_failed(run, id, failure, at.is_some()),
        EventKind::OperatorDecision { decision, .. } => decided(workflow, run, id, *decision),
        _ => false,
    }
}

fn start(run: &mut Run, id: LaneId, event: &Event) -> bool {
    let EventKind::AttemptStarted {
        attempt, input, captured, request_id, not_before, effects, ..
    } = &event.kind
    else {
        return false;
    };
    let Some(lane) = run.lane_mut(id) else { return false };
    let startable = matches!(lane.state, LaneState::Ready | LaneState::RetryAt(_));
    if !startable || *attempt != lane.attempts + 1 {
        return false;
    }
    lane.attempts = *attempt;
    lane.attempt = Some(Box::new(AttemptRecord {
        number: *attempt,
        state: AttemptState::Started,
        input: input.clone(),
        captured: captured.clone(),
        request_id: *request_id,
        started_at: event.at,
        not_before: not_before.clone(),
        handle: None,
        percent: None,
        effects: effects.clone(),
        armed_before: lane.armed,
    }));
    lane.armed = true;
    run.set(id, LaneState::Attempting);
    let forward = (id.0, Side::Forward);
    if id.1 == Side::Undo && run.active.contains(&forward) {
        // Undone while its remote operation works: nobody waits for that one any more.
        run.set(forward, LaneState::Finished(Finish::Skipped));
    }
    true
}

fn succeed(workflow: &Workflow, run: &mut Run, id: LaneId, output: Value) {
    if id.1 == Side::Forward {
        run.steps[id.0 as usize].output = output;
    }
    if run.going_back() && id.1 == Side::Forward {
        // The way forward is over: its end frees its own compensation only.
        run.set(id, LaneState::Finished(Finish::Succeeded));
        settled(workflow, run, id);
    } else {
        run.finish(workflow, id, Finish::Succeeded);
    }
}

/// The attempt left no trace: what it armed is disarmed, and the lane may try again.
fn absent(workflow: &Workflow, run: &mut Run, id: LaneId, forward_is_over: bool) {
    if let Some(lane) = run.lane_mut(id)
        && let Some(attempt) = &lane.attempt
    {
        lane.armed = attempt.armed_before;
    }
    if forward_is_over {
        drop_forward(workflow, run, id);
    } else {
        run.set(id, LaneState::Ready);
    }
}

/// Ends a forward lane during a rollback and frees its compensation.
fn drop_forward(workflow: &Workflow, run: &mut Run, id: LaneId) {
    run.set(id, LaneState::Finished(Finish::Skipped));
    settled(workflow, run, id);
}

/// A forward attempt's end is known, or no longer waited for: its compensation waits for one thing less.
fn settled(workflow: &Workflow, run: &mut Run, id: LaneId) {
    if !std::mem::take(&mut run.steps[id.0 as usize].undo_waits) {
        return;
    }
    let undo = (id.0, Side::Undo);
    if let Some(end) = run.free_one(workflow, undo) {
        run.finish(workflow, undo, end);
    }
}

fn step_failed(run: &mut Run, id: LaneId, failure: &Failure, in_flight: bool) -> bool {
    let Some(lane) = run.lane(id) else { return false };
    let legal = in_flight || matches!(lane.state, LaneState::Failed { .. } | LaneState::RetryAt(_));
    if legal {
        run.set(id, LaneState::Failed { failure: failure.clone(), in_doubt: in_flight });
    }
    legal
}

fn decided(workflow: &Workflow, run: &mut Run, id: LaneId, decision: Decision) -> bool {
    let Some(lane) = run.lane(id) else { return false };
    let open = match &lane.state {
        LaneState::Failed { .. } | LaneState::RetryAt(_) | LaneState::Ready => true,
        LaneState::Attempting => matches!(
            lane.in_flight(),
            Some(AttemptState::InDoubt { .. } | AttemptState::Asks { .. } | AttemptState::Accepted)
        ),
        _ => false,
    };
    if !open {
        return false;
    }
    let forward_is_over = id.1 == Side::Forward && run.going_back();
    match decision {
        Decision::Done => succeed(workflow, run, id, Value::Null),
        Decision::Skip if forward_is_over => drop_forward(workflow, run, id),
        Decision::Skip => run.finish(workflow, id, Finish::Skipped),
        Decision::Retry if forward_is_over => drop_forward(workflow, run, id),
        Decision::Retry => renew(run, id),
    }
    true
}

fn with_attempt(run: &mut Run, id: LaneId, change: impl FnOnce(&mut AttemptRecord)) {
    if let Some(attempt) = run.lane_mut(id).and_then(|lane| lane.attempt.as_mut()) {
        change(attempt);
    }
}

//! Events of attempts, the same for a step and for its compensation.

use super::lifecycle::renew;
use crate::event::{Decision, Event, EventKind, Failure, KEPT, Side, VERIFY_FAILED};
use crate::lane::{AttemptRecord, AttemptState, Finish, LaneState};
use crate::rollback::{doubt_again, undo_in_progress};
use crate::run::{LaneId, Run};
use crate::step::OnInDoubt;
use crate::time::Timestamp;
use crate::workflow::Workflow;
use serde_json::Value;

/// Applies an event of an attempt. False where the lane cannot have it.
pub(super) fn apply(workflow: &Workflow, run: &mut Run, id: LaneId, event: &Event) -> bool {
    let Some(lane) = run.lane(id) else { return false };
    // What asks a human is moved by a human only.
    let at = lane.in_flight().filter(|at| !matches!(at, AttemptState::Asks { .. })).cloned();
    let forward_is_over = id.1 == Side::Forward && run.going_back();
    match &event.kind {
        EventKind::AttemptStarted { .. } => !forward_is_over && start(run, id, event),
        EventKind::RetryScheduled { not_before, .. } => {
            let legal = !forward_is_over && may_retry(workflow, run, id);
            if legal {
                run.set(id, LaneState::RetryAt(*not_before));
            }
            legal
        }
        EventKind::StepFailed { failure, .. } => {
            !forward_is_over && step_failed(run, id, failure, at.is_some())
        }
        EventKind::OperatorDecision { decision, output, .. } => {
            decided(workflow, run, id, (*decision, output.as_ref()), event.at)
        }
        _ => at.is_some_and(|at| in_flight(workflow, run, id, &at, event)),
    }
}

/// Events that only an attempt in flight can have.
fn in_flight(
    workflow: &Workflow,
    run: &mut Run,
    id: LaneId,
    at: &AttemptState,
    event: &Event,
) -> bool {
    let forward_is_over = id.1 == Side::Forward && run.going_back();
    match (&event.kind, at) {
        (EventKind::AttemptAccepted { handle, .. }, _) => {
            with_attempt(run, id, |attempt| {
                attempt.state = AttemptState::Accepted;
                attempt.handle = Some(handle.clone());
            });
            if forward_is_over && undo_in_progress(workflow.step(id.0)) {
                settled(workflow, run, id);
            }
        }
        (EventKind::AttemptProgressed { handle, percent, .. }, AttemptState::Accepted) => {
            with_attempt(run, id, |attempt| {
                attempt.handle = Some(handle.clone());
                attempt.percent = *percent;
            });
        }
        (EventKind::AttemptSucceeded { output, .. }, _) => {
            succeed(workflow, run, id, output.clone());
        }
        (EventKind::AttemptFailed { failure, .. }, at) => {
            if *at == AttemptState::Started && failure.code != VERIFY_FAILED {
                with_attempt(run, id, |attempt| attempt.may_have_acted = false);
            }
            run.set(id, LaneState::Failed { failure: failure.clone(), in_doubt: false });
            if forward_is_over {
                drop_forward(workflow, run, id);
            }
        }
        (EventKind::AttemptFoundAbsent { .. }, AttemptState::InDoubt { .. }) => {
            disarm(run, id);
            try_again(workflow, run, id, forward_is_over);
        }
        (EventKind::AttemptFoundBegun { .. }, AttemptState::InDoubt { .. }) => {
            try_again(workflow, run, id, forward_is_over);
        }
        (EventKind::AttemptInDoubt { why, .. }, AttemptState::Started | AttemptState::Accepted) => {
            let why = why.clone();
            with_attempt(run, id, |attempt| {
                attempt.state = AttemptState::InDoubt { why };
                attempt.doubted_at = Some(event.at);
            });
        }
        (EventKind::DoubtUnsettled { why, .. }, AttemptState::InDoubt { .. }) => {
            let why = why.clone();
            with_attempt(run, id, |attempt| attempt.state = AttemptState::Asks { why });
        }
        _ => return false,
    }
    true
}

/// After a failed attempt, or where the previous state could not be read; from doubt only where the
/// file says that twice is as good as once.
fn may_retry(workflow: &Workflow, run: &Run, id: LaneId) -> bool {
    let Some(lane) = run.lane(id) else { return false };
    match &lane.state {
        LaneState::Failed { in_doubt, .. } => !in_doubt,
        LaneState::Ready | LaneState::RetryAt(_) | LaneState::Sleeping(_) => true,
        LaneState::Attempting => {
            matches!(lane.in_flight(), Some(AttemptState::InDoubt { .. }))
                && workflow.step(id.0).on_in_doubt == OnInDoubt::Rerun
        }
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
    if !lane.startable() || *attempt != lane.attempts + 1 {
        return false;
    }
    let old = lane.attempt.take();
    let captured_before = old.and_then(|old| {
        if old.may_have_acted { old.to_restore().cloned() } else { old.captured_before }
    });
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
        may_have_acted: true,
        captured_before,
        kept: Vec::new(),
        resumed_at: None,
        doubted_at: None,
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
    match id.1 {
        Side::Forward => run.steps[id.0 as usize].output = output,
        Side::Undo => with_attempt(run, id, |attempt| attempt.kept = kept(&output)),
    }
    if run.going_back() && id.1 == Side::Forward {
        // The way forward is over: its end frees its own compensation only.
        run.set(id, LaneState::Finished(Finish::Succeeded));
        settled(workflow, run, id);
    } else {
        run.finish(workflow, id, Finish::Succeeded);
    }
}

/// The attempt left no trace: there is nothing of it to undo.
fn disarm(run: &mut Run, id: LaneId) {
    if let Some(lane) = run.lane_mut(id)
        && let Some(attempt) = &mut lane.attempt
    {
        lane.armed = attempt.armed_before;
        attempt.may_have_acted = false;
    }
}

/// The attempt is over and its work is not done: the lane may try again, where the run goes on.
fn try_again(workflow: &Workflow, run: &mut Run, id: LaneId, forward_is_over: bool) {
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

/// A forward attempt's end is known, or no longer waited for: its compensation waits for one thing
/// less.
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
    // One that failed in doubt stays in doubt: another failure must not make it look settled.
    let over =
        matches!(lane.state, LaneState::Failed { in_doubt: false, .. } | LaneState::RetryAt(_));
    let legal = in_flight || over;
    if legal {
        run.set(id, LaneState::Failed { failure: failure.clone(), in_doubt: in_flight });
    }
    legal
}

fn decided(
    workflow: &Workflow,
    run: &mut Run,
    id: LaneId,
    (decision, output): (Decision, Option<&Value>),
    now: Timestamp,
) -> bool {
    let Some(lane) = run.lane(id) else { return false };
    let open = match &lane.state {
        LaneState::Failed { .. }
        | LaneState::RetryAt(_)
        | LaneState::Ready
        | LaneState::Answered => true,
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
    let in_doubt = matches!(lane.state, LaneState::Failed { in_doubt: true, .. });
    match decision {
        Decision::Done => succeed(workflow, run, id, output.cloned().unwrap_or_default()),
        Decision::Skip if forward_is_over => drop_forward(workflow, run, id),
        Decision::Skip => run.finish(workflow, id, Finish::Skipped),
        Decision::Retry if forward_is_over => drop_forward(workflow, run, id),
        // It failed with its remote operation at work: only a look that finds nothing allows
        // another.
        Decision::Retry if in_doubt => doubt_again(run, id, now),
        Decision::Retry => renew(run, id),
    }
    true
}

/// What an undo says that it left alone.
fn kept(output: &Value) -> Vec<String> {
    let said = output[KEPT].as_array().into_iter().flatten();
    said.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn with_attempt(run: &mut Run, id: LaneId, change: impl FnOnce(&mut AttemptRecord)) {
    if let Some(attempt) = run.lane_mut(id).and_then(|lane| lane.attempt.as_mut()) {
        change(attempt);
    }
}

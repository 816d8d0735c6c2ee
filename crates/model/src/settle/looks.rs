//! What polls and probes saw. A look that failed says nothing about what was looked for: it is
//! repeated.

use super::failure::attempt_failed;
use super::outcome::{Settled, succeeded};
use crate::event::{EventKind, Failure, Side};
use crate::guarded::Guarded;
use crate::lane::{AttemptRecord, AttemptState};
use crate::observation::{ActionError, Polled, Probed};
use crate::retry::attempts_counted;
use crate::rollback::{Undo, undo_of};
use crate::run::{LaneId, Run};
use crate::step::{Compensate, Work};
use crate::time::{Millis, Timestamp};
use crate::workflow::Workflow;

/// Failed looks in a row after which a human is asked. With the delays below that is about half an
/// hour: longer than the outages of a cloud's front end that pass by themselves, short enough for a
/// night.
pub const LOOKS_MAX: u32 = 30;

/// Attempts that were found absent, or failed by policy, whichever is more, after which the step
/// fails: requests that never arrive are no doubt any more, they are a broken road.
pub const ABSENT_MAX: u32 = 5;

/// Least delay before the next look after one that moved the attempt from poll to probe or back, in
/// virtual milliseconds: a poll that knows nothing and a probe that sees it at work would chase
/// each other without it.
const TURN_DELAY_MS: Millis = 2_000;

/// Delay before another look, in virtual milliseconds: from 2 s to 1 min.
fn look_delay_ms(tries: u32) -> Millis {
    (2_000_u64 << tries.min(5)).min(60_000)
}

pub(super) fn polled(
    workflow: &Workflow,
    run: &Run,
    id: LaneId,
    attempt: &AttemptRecord,
    result: Result<Polled, ActionError>,
    tries: u32,
    now: Timestamp,
) -> Settled {
    let (step, side) = (workflow.step(id.0).id.clone(), id.1);
    if attempt.state != AttemptState::Accepted {
        return Settled::default();
    }
    match result {
        Ok(Polled::InProgress { handle, percent, after_ms, .. }) => {
            let known = attempt.handle.as_ref().and_then(Guarded::clear) == Some(&handle);
            // Whole, so that an event is read back as it was written.
            let percent = percent.filter(|p| p.is_finite()).map(|p| p.floor().clamp(0.0, 100.0));
            let moved = percent != attempt.percent;
            let event = EventKind::AttemptProgressed {
                step,
                side,
                handle: Guarded::Clear(handle),
                percent,
            };
            let events = if known && !moved { Vec::new() } else { vec![event] };
            Settled { events, again_at: Some(now.after(after_ms)), looked_in_vain: false }
        }
        Ok(Polled::Done(output)) => succeeded(workflow, run, id, output, now),
        Err(ActionError::Transient(failure)) if tries >= LOOKS_MAX => {
            let why = failure.message;
            turned(EventKind::AttemptInDoubt { step, side, why }, now)
        }
        Err(ActionError::Transient(failure)) => {
            let delay = look_delay_ms(tries).max(failure.retry_after_ms.unwrap_or(0));
            Settled { again_at: Some(now.after(delay)), looked_in_vain: true, ..Settled::default() }
        }
        Err(ActionError::Permanent(failure)) => {
            let failure = Failure { transient: false, ..failure };
            Settled::events(attempt_failed(workflow, run, id, failure, now))
        }
        Err(ActionError::InDoubt(why)) => {
            turned(EventKind::AttemptInDoubt { step, side, why }, now)
        }
    }
}

/// The attempt is looked at in another way from now on.
fn turned(event: EventKind, now: Timestamp) -> Settled {
    Settled { again_at: Some(now.after(TURN_DELAY_MS)), ..Settled::events(vec![event]) }
}

pub(super) fn probed(
    workflow: &Workflow,
    run: &Run,
    id: LaneId,
    attempt: &AttemptRecord,
    result: Result<Probed, ActionError>,
    tries: u32,
    now: Timestamp,
) -> Settled {
    let (step, side) = (workflow.step(id.0).id.clone(), id.1);
    if !matches!(attempt.state, AttemptState::InDoubt { .. }) {
        return Settled::default();
    }
    let ask = |why: String| {
        Settled::events(vec![EventKind::DoubtUnsettled { step: step.clone(), side, why }])
    };
    match result {
        Ok(Probed::Absent) => {
            let event = EventKind::AttemptFoundAbsent { step, side };
            not_done(workflow, run, id, attempt, event, now)
        }
        Ok(Probed::Begun) => {
            let event = EventKind::AttemptFoundBegun { step, side };
            not_done(workflow, run, id, attempt, event, now)
        }
        Ok(Probed::InProgress(handle)) => {
            let handle = Guarded::Clear(handle);
            turned(EventKind::AttemptAccepted { step, side, handle }, now)
        }
        Ok(Probed::Done(output)) => succeeded(workflow, run, id, output, now),
        Ok(Probed::Failed(failure)) => {
            Settled::events(attempt_failed(workflow, run, id, failure, now))
        }
        Ok(Probed::Unknown(why)) | Err(ActionError::InDoubt(why)) => ask(why),
        Err(ActionError::Permanent(failure)) => ask(failure.message),
        Err(ActionError::Transient(failure)) if tries >= LOOKS_MAX => ask(failure.message),
        Err(ActionError::Transient(failure)) => {
            let delay = look_delay_ms(tries).max(failure.retry_after_ms.unwrap_or(0));
            Settled { again_at: Some(now.after(delay)), looked_in_vain: true, ..Settled::default() }
        }
    }
}

/// That an attempt did nothing, or not all, counts only when the settle time has passed since the
/// intent: until then the request may still arrive.
fn not_done(
    workflow: &Workflow,
    run: &Run,
    id: LaneId,
    attempt: &AttemptRecord,
    found: EventKind,
    now: Timestamp,
) -> Settled {
    let def = workflow.step(id.0);
    let settled_at = attempt.settled_at(settle_ms(workflow, id));
    if now < settled_at {
        return Settled { again_at: Some(settled_at), ..Settled::default() };
    }
    let attempts = attempts_counted(run, id);
    let given_up = id.1 == Side::Forward && run.going_back();
    if !given_up && attempts >= def.retry.max_attempts.max(ABSENT_MAX) {
        let (code, why) = match &found {
            EventKind::AttemptFoundBegun { .. } => (
                "never_ended",
                format!("{attempts} attempts ended half-way; see what ends them, then `resume`"),
            ),
            _ => (
                "never_arrived",
                format!(
                    "{attempts} requests left no trace; look at the road to the service, then \
                     `resume`"
                ),
            ),
        };
        let (step, failure) = (def.id.clone(), Failure::permanent(code, why));
        return Settled::events(vec![found, EventKind::StepFailed { step, side: id.1, failure }]);
    }
    Settled::events(vec![found])
}

/// The settle time of whatever action works in the lane.
pub fn settle_ms(workflow: &Workflow, id: LaneId) -> Millis {
    let step = workflow.step(id.0);
    let settle_ms = match (id.1, undo_of(step), &step.work) {
        (Side::Undo, Some(Undo::Custom(Compensate::Custom { traits, .. })), _)
        | (_, _, Work::Action { traits, .. }) => traits.settle_ms,
        _ => 0,
    };
    workflow.def().environment.settle_ms(settle_ms)
}

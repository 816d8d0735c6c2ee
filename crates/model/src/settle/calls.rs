//! What the end of a call means.

use super::failure::attempt_failed;
use super::looks;
use super::outcome::{Settled, succeeded};
use crate::decide::intent;
use crate::event::{EventKind, Failure, Side};
use crate::guarded::Guarded;
use crate::lane::AttemptState;
use crate::observation::{ActionError, Executed, Observation, Sighting};
use crate::retry::again_or_fail;
use crate::run::{LaneId, Run};
use crate::time::Timestamp;
use crate::workflow::Workflow;
use serde_json::Value;

/// Turns an observation into events. One that belongs to an older attempt, or to a lane that has
/// moved on, means nothing; nor does one of a run that has halted or ended, whose resume puts the
/// attempt in doubt. `tries` counts failed looks in a row before this one.
pub fn settle(
    workflow: &Workflow,
    run: &Run,
    observation: Observation,
    tries: u32,
    now: Timestamp,
) -> Settled {
    let id = (observation.step, observation.side);
    let Some(lane) = run.lane(id).filter(|_| run.works()) else { return Settled::default() };
    if let Sighting::Prepared { input, effects, result } = observation.seen {
        let failing = !run.going_back() && !run.failed.is_empty();
        let wanted = (id.1 == Side::Undo) == run.going_back() && run.wish.is_none() && !failing;
        if !lane.startable() || !wanted || observation.attempt != lane.attempts + 1 {
            return Settled::default();
        }
        return match result {
            Ok(prepared) => {
                Settled::events(vec![intent(workflow, run, id, input, prepared, effects)])
            }
            Err(error) => unprepared(workflow, run, id, error, tries, now),
        };
    }
    let (Some(state), Some(attempt)) = (lane.in_flight(), lane.attempt.as_deref()) else {
        return Settled::default();
    };
    if attempt.number != observation.attempt || matches!(state, AttemptState::Asks { .. }) {
        return Settled::default();
    }
    match observation.seen {
        Sighting::Prepared { .. } => Settled::default(),
        Sighting::Acted(result) => acted(workflow, run, id, result, now),
        Sighting::Kept(handle) => Settled::events(vec![accepted(workflow, id, handle)]),
        Sighting::Polled(result) => looks::polled(workflow, run, id, attempt, result, tries, now),
        Sighting::Probed(result) => looks::probed(workflow, run, id, attempt, result, tries, now),
        Sighting::Abandoned if matches!(state, AttemptState::InDoubt { .. }) => {
            let failure = Failure::transient("timeout", "the look did not end in its time");
            let seen = Err(ActionError::Transient(failure));
            looks::probed(workflow, run, id, attempt, seen, tries, now)
        }
        Sighting::Abandoned => {
            let step = workflow.step(id.0).id.clone();
            let why = "the call did not end in its time".to_owned();
            Settled::events(vec![EventKind::AttemptInDoubt { step, side: id.1, why }])
        }
    }
}

fn acted(
    workflow: &Workflow,
    run: &Run,
    id: LaneId,
    result: Result<Executed, ActionError>,
    now: Timestamp,
) -> Settled {
    match result {
        Ok(Executed::Done(output)) => succeeded(workflow, run, id, output, now),
        Ok(Executed::Accepted(handle)) => Settled::events(vec![accepted(workflow, id, handle)]),
        Err(ActionError::Transient(failure)) => {
            let failure = Failure { transient: true, ..failure };
            Settled::events(attempt_failed(workflow, run, id, failure, now))
        }
        Err(ActionError::Permanent(failure)) => {
            let failure = Failure { transient: false, ..failure };
            Settled::events(attempt_failed(workflow, run, id, failure, now))
        }
        Err(ActionError::InDoubt(why)) => {
            let step = workflow.step(id.0).id.clone();
            Settled::events(vec![EventKind::AttemptInDoubt { step, side: id.1, why }])
        }
    }
}

fn accepted(workflow: &Workflow, id: LaneId, handle: Value) -> EventKind {
    let step = workflow.step(id.0).id.clone();
    EventKind::AttemptAccepted { step, side: id.1, handle: Guarded::Clear(handle) }
}

/// The previous state could not be read: nothing was done, nothing is armed.
fn unprepared(
    workflow: &Workflow,
    run: &Run,
    id: LaneId,
    error: ActionError,
    tries: u32,
    now: Timestamp,
) -> Settled {
    let failure = match error {
        ActionError::Transient(failure) => Failure { transient: true, ..failure },
        ActionError::Permanent(failure) => Failure { transient: false, ..failure },
        ActionError::InDoubt(why) => Failure::transient("in_doubt", why),
    };
    let event = again_or_fail(workflow, run, id, failure, tries + 1, now);
    Settled { events: vec![event], again_at: None, looked_in_vain: true }
}

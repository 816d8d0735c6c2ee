//! What an attempt in flight needs next: to be sent, asked, looked for, or given up.

use super::command::{Busy, Call, Command, Verb};
use crate::event::{EventKind, Failure, Side};
use crate::lane::{AttemptRecord, AttemptState};
use crate::retry::{again_or_fail, attempts_counted};
use crate::run::{LaneId, Run};
use crate::step::OnInDoubt;
use crate::time::{Millis, Timestamp};
use crate::workflow::Workflow;

/// How long after its deadline a call may end by itself, in virtual milliseconds: an action that
/// knows its deadline cleans up better than one that is dropped. Longer than killing a process tree
/// takes (10 s).
pub const ABANDON_GRACE_MS: Millis = 30_000;

/// Adds what the lane's attempt needs.
pub(super) fn advance(
    workflow: &Workflow,
    run: &Run,
    id: LaneId,
    now: Timestamp,
    busy: &Busy,
    commands: &mut Vec<Command>,
) {
    let Some(lane) = run.lane(id) else { return };
    let (Some(state), Some(attempt)) = (lane.in_flight(), lane.attempt.as_deref()) else { return };
    let deadline = attempt.deadline(workflow.step(id.0).timeout_ms);
    let given_up = id.1 == Side::Forward && run.going_back();
    if busy.calls.contains(&id) {
        // Looks of a lane whose time is over are not let go for that, or none would ever end.
        let acts = match state {
            AttemptState::Started => true,
            AttemptState::Accepted => !given_up,
            AttemptState::InDoubt { .. } | AttemptState::Asks { .. } => false,
        };
        let end = deadline.filter(|_| acts).map(|at| at.after(ABANDON_GRACE_MS));
        commands.extend(end.map(|at| match at <= now {
            true => Command::Abandon(id),
            false => Command::WakeAt(at),
        }));
        return;
    }
    let verb = match state {
        AttemptState::Asks { .. } => return,
        AttemptState::Started if given_up => {
            // Nothing acts forward any more; whether it was sent before the run turned around is
            // not known.
            let why = "the run turned around before the attempt's end was known".to_owned();
            let step = workflow.step(id.0).id.clone();
            commands.push(Command::Record(EventKind::AttemptInDoubt { step, side: id.1, why }));
            return;
        }
        AttemptState::Started => Verb::Act,
        AttemptState::Accepted => {
            if !given_up && deadline.is_some_and(|at| at <= now) {
                commands.push(Command::Record(timed_out(workflow, id)));
                return;
            }
            commands.extend(deadline.filter(|_| !given_up).map(Command::WakeAt));
            Verb::Poll
        }
        AttemptState::InDoubt { why } => match doubt(workflow, run, id, why, now) {
            Some(event) => {
                commands.push(Command::Record(event));
                return;
            }
            None => Verb::Probe,
        },
    };
    match busy.cooling.get(&id) {
        Some(until) if *until > now => commands.push(Command::WakeAt(*until)),
        _ => commands.push(call(id, attempt, verb)),
    }
}

fn call(lane: LaneId, attempt: &AttemptRecord, verb: Verb) -> Command {
    Command::Perform(Call { lane, attempt: attempt.number, verb })
}

/// What the file says about doubt, where it does not say "look".
fn doubt(
    workflow: &Workflow,
    run: &Run,
    id: LaneId,
    why: &str,
    now: Timestamp,
) -> Option<EventKind> {
    let step = workflow.step(id.0);
    let side = id.1;
    match step.on_in_doubt {
        OnInDoubt::Probe => None,
        OnInDoubt::Ask => {
            let why =
                format!("{why}; the workflow says that a human is to tell (`on_in_doubt: ask`)");
            Some(EventKind::DoubtUnsettled { step: step.id.clone(), side, why })
        }
        // During a rollback nothing is run again: absent is not known, so it is looked for all the
        // same.
        OnInDoubt::Rerun if side == Side::Forward && !run.going_back() => {
            // By the policy of failed attempts, so that a road that loses every answer comes to an
            // end.
            let failure = Failure::transient("in_doubt", why);
            let attempts = attempts_counted(run, id);
            Some(again_or_fail(workflow, run, id, failure, attempts, now))
        }
        OnInDoubt::Rerun => None,
    }
}

/// The step fails in doubt: its remote operation may still end, so resume looks instead of sending
/// again.
fn timed_out(workflow: &Workflow, id: LaneId) -> EventKind {
    let step = workflow.step(id.0);
    let message =
        "its time is over and the remote operation still works; `resume` looks at it again"
            .to_owned();
    EventKind::StepFailed {
        step: step.id.clone(),
        side: id.1,
        failure: Failure::permanent("timeout", message),
    }
}

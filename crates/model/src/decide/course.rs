//! The run as a whole: wishes, ends, standstill; and the order in which the lanes are looked at.

use super::command::{Busy, Command};
use super::{builtin, flight, start, timers};
use crate::event::{EventKind, Side};
use crate::id::Seq;
use crate::lane::{AttemptState, LaneState};
use crate::run::{Course, LaneId, Run, Wish};
use crate::time::Timestamp;
use crate::workflow::{OnFailure, Workflow};

/// Most events of a run's way forward: some seconds to fold, and three attempts at each step of the
/// longest workflow with all that they write. A run that needs more tries something in vain. Its
/// way back has no bound.
pub const EVENTS_MAX: Seq = 1_000_000;

/// Who writes what no human asked for.
const ENGINE: &str = "windlass";

/// What should happen now. `Record` and `Begin` commands change the run: apply them and ask again
/// before performing anything.
pub fn decide(workflow: &Workflow, run: &Run, now: Timestamp, busy: &Busy) -> Vec<Command> {
    if !run.works() {
        return cancelled_at_rest(run).map(Command::Record).into_iter().collect();
    }
    if let Some(commands) = wished(workflow, run, now, busy) {
        return commands;
    }
    if let Some(event) = turn_back_on_failure(workflow, run) {
        return vec![Command::Record(event)];
    }
    let mut commands = Vec::new();
    for id in &run.active {
        flight::advance(workflow, run, *id, now, busy, &mut commands);
    }
    let failing = !run.going_back() && !run.failed.is_empty();
    if !failing && !full(run) {
        commands.extend(builtin::heard(workflow, run).map(Command::Record));
        let mut room = start::room(workflow, run, busy);
        timers::due(workflow, run, now, busy, &mut room, &mut commands);
        start::ready(workflow, run, now, busy, room, &mut commands);
    }
    let quiet = commands.iter().all(|c| matches!(c, Command::WakeAt(_)));
    if quiet && busy.calls.is_empty() && run.untold.is_empty() {
        commands.extend(standstill(workflow, run).map(Command::Record));
    }
    commands
}

/// A wish is fulfilled as soon as no call is in flight and nobody is being told anything. Remote
/// operations work on; their handles are durable. Calls in flight keep their deadlines meanwhile.
fn wished(workflow: &Workflow, run: &Run, now: Timestamp, busy: &Busy) -> Option<Vec<Command>> {
    let event = match run.wish? {
        Wish::Cancel => cancelling(run),
        _ if !busy.calls.is_empty() || !run.untold.is_empty() => {
            let mut commands = Vec::new();
            for id in busy.calls.intersection(&run.active) {
                flight::advance(workflow, run, *id, now, busy, &mut commands);
            }
            return Some(commands);
        }
        Wish::Pause => EventKind::RunPaused,
        Wish::CancelKeep => EventKind::RunCancelled,
    };
    Some(vec![Command::Record(event)])
}

/// A run that halted already has nothing to wait for: it ends, or turns around, at once.
fn cancelled_at_rest(run: &Run) -> Option<EventKind> {
    run.halt.as_ref()?;
    match run.wish? {
        Wish::Cancel => Some(cancelling(run)),
        Wish::CancelKeep => Some(EventKind::RunCancelled),
        Wish::Pause => None,
    }
}

fn cancelling(run: &Run) -> EventKind {
    let by = run.asked_by.clone().unwrap_or_else(|| ENGINE.to_owned());
    EventKind::RollbackStarted { by, reason: "cancelled".into(), to: None }
}

fn turn_back_on_failure(workflow: &Workflow, run: &Run) -> Option<EventKind> {
    let (at, _) = *run.failed.first()?;
    if run.going_back() || workflow.def().on_failure != OnFailure::Rollback {
        return None;
    }
    let reason = format!("step `{}` failed", workflow.step(at).id);
    Some(EventKind::RollbackStarted { by: ENGINE.to_owned(), reason, to: None })
}

/// Whether nothing new begins any more: what is in flight ends, and a human decides.
fn full(run: &Run) -> bool {
    !run.going_back() && run.seq >= EVENTS_MAX
}

/// Nothing is in flight and nothing can start: the run has ended, or somebody must do something.
fn standstill(workflow: &Workflow, run: &Run) -> Option<EventKind> {
    if !run.nothing_moves() {
        return None;
    }
    if let Course::Back { to } = &run.course {
        if run.undo_unfinished == 0 && run.active.is_empty() {
            let partial = to.is_some();
            return Some(if partial { EventKind::RunPaused } else { EventKind::RunRolledBack });
        }
        let waits = run.timers.iter().any(|(_, id)| id.1 == Side::Undo);
        return (!waits).then(|| EventKind::RunStuck { why: why_stuck(workflow, run) });
    }
    if run.unfinished == 0 {
        return Some(EventKind::RunSucceeded);
    }
    if run.asking().next().is_some() {
        return Some(EventKind::RunStuck { why: why_stuck(workflow, run) });
    }
    if let Some(failed) = run.failed.first() {
        return Some(EventKind::RunFailed { why: why_failed(workflow, run, *failed) });
    }
    if full(run) {
        let why = format!(
            "it has {} events, and a run goes forward for {EVENTS_MAX} at the most: see what it \
             tries in vain, then roll it back or cancel it",
            run.seq
        );
        return Some(EventKind::RunStuck { why });
    }
    // Never so, by the rules of the fold; if it were, a run that says so is better than one that
    // hangs.
    let somebody_will = !run.awaiting.is_empty() || !run.timers.is_empty();
    (!somebody_will).then(|| EventKind::RunStuck { why: why_stuck(workflow, run) })
}

fn why_failed(workflow: &Workflow, run: &Run, id: LaneId) -> String {
    let step = &workflow.step(id.0).id;
    match run.lane(id).map(|lane| &lane.state) {
        Some(LaneState::Failed { failure, .. }) => {
            format!("step `{step}` failed: {}", failure.message)
        }
        _ => format!("step `{step}` failed"),
    }
}

fn why_stuck(workflow: &Workflow, run: &Run) -> String {
    let mut parts = Vec::new();
    for id in run.asking() {
        if let Some(AttemptState::Asks { why }) = run.lane(id).and_then(|lane| lane.in_flight()) {
            let side = if id.1 == Side::Undo { "the compensation of " } else { "" };
            parts.push(format!(
                "it is not known whether {side}`{}` took place: {why}",
                workflow.step(id.0).id
            ));
        }
    }
    for id in &run.failed {
        if id.1 == Side::Forward {
            parts.push(why_failed(workflow, run, *id));
        } else if let Some(LaneState::Failed { failure, .. }) =
            run.lane(*id).map(|lane| &lane.state)
        {
            parts.push(format!(
                "`{}` could not be undone: {}",
                workflow.step(id.0).id,
                failure.message
            ));
        }
    }
    if parts.is_empty() {
        parts.push("nothing can go on".to_owned());
    }
    parts.join("; ")
}

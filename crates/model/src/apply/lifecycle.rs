//! Events that move the run as a whole.

use crate::event::{Event, EventKind, Side};
use crate::lane::{AttemptState, LaneState};
use crate::migrate::{migrated, refusals};
use crate::phase::Phase;
use crate::rollback::{doubt_again, turn_back};
use crate::run::{Course, Halt, LaneId, Run, Sent, Wish};
use crate::time::Timestamp;
use crate::workflow::Workflow;

/// Applies an event that names no step. False where the run cannot have it.
pub(super) fn apply(workflow: &Workflow, run: &mut Run, event: &Event) -> bool {
    let ended = matches!(run.course, Course::Ended(_));
    let begun = run.works() || run.halt.is_some();
    match &event.kind {
        EventKind::RunQueued { behind } if matches!(run.course, Course::Queued { .. }) => {
            run.course = Course::Queued { behind: *behind };
            true
        }
        EventKind::RunStarted { .. } if matches!(run.course, Course::Queued { .. }) => {
            run.course = Course::Forward;
            true
        }
        EventKind::RunResumed { .. } if begun && !ended => {
            resume(run, event.at);
            true
        }
        EventKind::SignalSent { name, by, data, note } if !ended => {
            let (name, by, data, note) = (name.clone(), by.clone(), data.clone(), note.clone());
            run.signals.push(Sent { name, by, data, note });
            true
        }
        EventKind::PauseRequested { by } if run.works() => wish(run, Wish::Pause, by),
        EventKind::CancelRequested { by, keep } if !ended && (*keep || run.may_turn_back()) => {
            let kind = if *keep { Wish::CancelKeep } else { Wish::Cancel };
            wish(run, kind, by)
        }
        EventKind::RunMigrated { workflow: def, .. } => {
            let Ok(new) = Workflow::new((**def).clone()) else { return false };
            let legal = refusals(workflow, &new, run).is_empty();
            if legal {
                *run = migrated(workflow, &new, run);
                run.migrated_at = Some(event.seq);
            }
            legal
        }
        EventKind::RollbackStarted { by, to, .. } if run.may_turn_back() => {
            run.asked_by = Some(by.clone());
            turn_back(workflow, run, to.as_ref(), event.at);
            true
        }
        EventKind::RunFailed { why } if run.works() && !run.going_back() => {
            halt(run, Halt::Failed { why: why.clone() })
        }
        EventKind::RunPaused if run.works() => halt(run, Halt::Paused),
        EventKind::RunStuck { why } if run.works() => halt(run, Halt::Stuck { why: why.clone() }),
        EventKind::RunSucceeded if run.works() && !run.going_back() && run.unfinished == 0 => {
            end(run, Phase::Succeeded)
        }
        EventKind::RunRolledBack if run.works() && all_undone(run) => end(run, Phase::RolledBack),
        EventKind::RunCancelled if !ended => end(run, Phase::Cancelled),
        EventKind::RunSuperseded { .. } if !ended => end(run, Phase::Superseded),
        _ => false,
    }
}

/// The whole run is undone, as far as it could be. A partial rollback ends in a pause.
fn all_undone(run: &Run) -> bool {
    let whole = run.course == Course::Back { to: None };
    whole && run.undo_unfinished == 0 && run.active.is_empty()
}

fn wish(run: &mut Run, wish: Wish, by: &str) -> bool {
    run.wish = Some(wish);
    run.asked_by = Some(by.to_owned());
    true
}

fn halt(run: &mut Run, halt: Halt) -> bool {
    run.halt = Some(halt);
    run.wish = None;
    true
}

fn end(run: &mut Run, phase: Phase) -> bool {
    run.course = Course::Ended(phase);
    // An ended run says nothing more.
    run.untold.clear();
    run.halt = None;
    run.wish = None;
    true
}

/// Crash is doubt: whatever was in flight is in doubt now, and failed lanes may try again. A remote
/// operation whose handle is durable is not in doubt; it is asked.
fn resume(run: &mut Run, now: Timestamp) {
    run.halt = None;
    if run.wish == Some(Wish::Pause) {
        run.wish = None;
    }
    let active: Vec<LaneId> = run.active.iter().copied().collect();
    for id in active {
        if let Some(lane) = run.lane_mut(id) {
            lane.attempts_before = lane.attempts;
        }
        if let Some(attempt) = run.lane_mut(id).and_then(|lane| lane.attempt.as_mut()) {
            attempt.resumed_at = Some(now);
            if attempt.state != AttemptState::Accepted {
                let why = "the run was interrupted while the attempt was in flight".to_owned();
                attempt.state = AttemptState::InDoubt { why };
            }
        }
    }
    let failed: Vec<LaneId> = run.failed.iter().copied().collect();
    for id in failed {
        let in_doubt = run
            .lane(id)
            .is_some_and(|lane| matches!(lane.state, LaneState::Failed { in_doubt: true, .. }));
        if in_doubt {
            doubt_again(run, id, now);
        } else if id.1 == Side::Undo || !run.going_back() {
            renew(run, id);
        }
    }
}

/// Lets a lane try again with a whole set of attempts.
pub(super) fn renew(run: &mut Run, id: LaneId) {
    if let Some(lane) = run.lane_mut(id) {
        lane.attempts_before = lane.attempts;
    }
    run.set(id, LaneState::Ready);
}

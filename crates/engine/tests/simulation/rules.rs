//! What must hold of every durable event, said independently of the table that allows it: nothing
//! happens before its time, nothing starts once the run was told to stop, no more at once than the
//! file allows.

use windlass_model::lane::{Lane, LaneState};
use windlass_model::run::{Course, LaneId, Run};
use windlass_model::{Event, EventKind, Side, Work, Workflow};

/// Judges an event beside the run before it.
pub fn before(
    workflow: &Workflow,
    run: &Run,
    event: &Event,
    clock_back: bool,
) -> Result<(), String> {
    let Some((step, side)) = event.kind.lane() else { return Ok(()) };
    let Some(at) = workflow.find(step) else { return Err(format!("no step `{step}`")) };
    let id = (at, side);
    if event.at < run.updated_at {
        return Err(format!("event {} is older than the one before it", event.seq));
    }
    if !clock_back {
        in_time(run, id, event)?;
    }
    if let (EventKind::StepSucceeded { .. }, Work::WaitSignal { name }) =
        (&event.kind, &workflow.step(at).work)
        && !run.signals.iter().any(|sent| sent.name == *name)
    {
        return Err(format!("event {} ends a wait for `{name}`, which nobody sent", event.seq));
    }
    if matches!(event.kind, EventKind::AttemptStarted { .. }) {
        allowed(workflow, run, id, event)?;
    }
    Ok(())
}

/// No timer ends early.
fn in_time(run: &Run, id: LaneId, event: &Event) -> Result<(), String> {
    let due = match (&event.kind, run.lane(id).map(|lane| &lane.state)) {
        (EventKind::StepSucceeded { .. }, Some(LaneState::Sleeping(until))) => *until,
        (
            EventKind::AttemptStarted { .. } | EventKind::SignalAwaited { .. },
            Some(LaneState::RetryAt(at) | LaneState::Sleeping(at)),
        ) => *at,
        (
            EventKind::StepFailed { .. } | EventKind::StepSkipped { .. },
            Some(LaneState::Awaiting(Some(deadline))),
        ) => *deadline,
        _ => return Ok(()),
    };
    if event.at < due {
        return Err(format!("event {} comes before its time {due}: {:?}", event.seq, event.kind));
    }
    Ok(())
}

/// An attempt starts only where the run works, its way, with room.
fn allowed(workflow: &Workflow, run: &Run, id: LaneId, event: &Event) -> Result<(), String> {
    let seq = event.seq;
    if run.halt.is_some() || run.wish.is_some() {
        return Err(format!("event {seq} starts an attempt of a run that was told to stop"));
    }
    let right_way = match &run.course {
        Course::Forward => id.1 == Side::Forward && run.failed.is_empty(),
        Course::Back { .. } => id.1 == Side::Undo,
        _ => false,
    };
    if !right_way {
        return Err(format!("event {seq} starts an attempt that the run has no use for"));
    }
    let moves = |other: &&LaneId| other.1 == id.1 && !run.lane(**other).is_some_and(Lane::asks);
    let room = workflow.def().max_parallel.max(1) as usize;
    if run.active.iter().filter(moves).count() >= room {
        return Err(format!("event {seq} starts one attempt more than {room} at once"));
    }
    Ok(())
}

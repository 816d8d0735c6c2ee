//! Which messages an event calls for. They are told once the event is durable.

use crate::event::{Event, EventKind, Side};
use crate::notice::{Moment, NoticeId, Untold};
use crate::run::{LaneId, Run};
use crate::workflow::Workflow;

/// Most messages that wait to be told: receivers that are away longer than that have other worries,
/// and each checkpoint holds them all. Further ones are not told.
const UNTOLD_MAX: usize = 1_000;

/// Notes the messages that an event of a step calls for.
pub(super) fn note(workflow: &Workflow, run: &mut Run, id: LaneId, event: &Event) {
    let notices = &workflow.step(id.0).notify;
    if notices.is_empty() || id.1 == Side::Undo || run.going_back() {
        return;
    }
    let (moments, says) = told_of(&event.kind);
    for (which, notice) in (0..).zip(notices) {
        let on = moments.iter().copied().find(|moment| notice.on.contains(moment));
        if let (Some(on), true) = (on, run.untold.len() < UNTOLD_MAX) {
            let id_of = NoticeId { event: event.seq, which };
            run.untold.push(Untold { id: id_of, step: id.0, on, says: says.clone() });
        }
    }
}

fn told_of(kind: &EventKind) -> (&'static [Moment], String) {
    match kind {
        EventKind::AttemptStarted { attempt: 1, .. } => (&[Moment::Start], "it begins".to_owned()),
        EventKind::StepSucceeded { .. } | EventKind::AttemptSucceeded { .. } => {
            (&[Moment::Success], "it is done".to_owned())
        }
        EventKind::StepFailed { failure, .. } => (&[Moment::Failure], failure.message.clone()),
        EventKind::SignalAwaited { prompt, .. } => {
            (&[Moment::Waiting, Moment::Start], prompt.clone())
        }
        EventKind::DoubtUnsettled { why, .. } => (&[Moment::Waiting], why.clone()),
        _ => (&[], String::new()),
    }
}

/// A message was told, or given up. False where nothing of it was to be told.
pub(super) fn told(run: &mut Run, id: NoticeId) -> bool {
    let there = run.untold.iter().position(|untold| untold.id == id);
    there.map(|at| run.untold.remove(at)).is_some()
}

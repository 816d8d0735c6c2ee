//! The rows of a report's tables: a step, an event. It must not know any format.

use super::spans::{Doing, Span, Spans};
use crate::graph::mark::Mark;
use crate::graph::picture::does;
use crate::render::event_text::{sentence, step_of};
use crate::render::{rounds, steps};
use serde::Serialize;
use windlass_model::run::Run;
use windlass_model::{Event, EventKind, Millis, Side, StepId, StepIdx, Timestamp, Workflow};

/// A step.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepRow {
    /// Its name.
    pub step: StepId,
    /// What the file says that it is for.
    pub name: Option<String>,
    /// The action, or the built-in.
    pub does: String,
    /// How it stands, in a word or two.
    pub outcome: String,
    /// More of it: why it failed or was skipped.
    pub says: Option<String>,
    /// Attempts at the step itself.
    pub attempts: u32,
    /// When it began; absent where it did not.
    pub from: Option<Timestamp>,
    /// When it ended, or the last event of the run.
    pub to: Option<Timestamp>,
    /// From one to the other.
    pub took_ms: Option<Millis>,
    /// How much of it was waiting for a time, a human or a signal.
    pub waited_ms: Millis,
    /// What it did when, the way back included.
    pub spans: Vec<Span>,
    /// How pictures mark it.
    #[serde(skip)]
    pub mark: Mark,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EventRow {
    /// Its number.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// The step that it is about.
    pub step: Option<StepId>,
    /// What happened.
    pub says: String,
}

/// The steps that have a place in a report: no joins, no rounds that never came.
pub fn step_rows(workflow: &Workflow, run: &Run, events: &[Event], spans: &Spans) -> Vec<StepRow> {
    let hidden = rounds::not_begun(workflow, run);
    let shown = (0..workflow.len() as StepIdx).filter(|at| !workflow.is_join(*at));
    let row = |at: StepIdx| {
        let def = workflow.step(at);
        let state = &run.steps[at as usize];
        let mark = Mark::of(state);
        let own = spans.steps.get(&def.id).cloned().unwrap_or_default();
        let forward = || own.iter().filter(|span| span.doing != Doing::Undo);
        let from = forward().map(|span| span.from).min();
        let to = forward().map(|span| span.to).max();
        let waits = forward().filter(|span| matches!(span.doing, Doing::Human | Doing::Wait));
        StepRow {
            step: def.id.clone(),
            name: def.name.clone(),
            does: does(&def.work).to_owned(),
            outcome: mark.words().to_owned(),
            says: says(workflow, run, at, mark, events),
            attempts: state.forward.attempts,
            from,
            to,
            took_ms: from.zip(to).map(|(from, to)| to.since(from)),
            waited_ms: waits.map(|span| span.to.since(span.from)).sum(),
            spans: own,
            mark,
        }
    };
    shown.filter(|at| !hidden.contains(at)).map(row).collect()
}

/// What is to be said of a step that did not simply end well.
fn says(
    workflow: &Workflow,
    run: &Run,
    at: StepIdx,
    mark: Mark,
    events: &[Event],
) -> Option<String> {
    let (side, lane) = steps::telling(run, at)?;
    match mark {
        Mark::Plain | Mark::Done | Mark::PutBack => None,
        Mark::Skipped => {
            let own = &workflow.step(at).id;
            events.iter().rev().find_map(|event| match &event.kind {
                EventKind::StepSkipped { step, why, side: Side::Forward } if step == own => {
                    Some(why.clone())
                }
                _ => None,
            })
        }
        _ => {
            let words = steps::marked(workflow, at, lane, run.updated_at).words;
            Some(if side == Side::Undo { format!("undo: {words}") } else { words })
        }
    }
}

/// The events that have a place in a report, and how many only tell of progress.
pub fn event_rows(workflow: &Workflow, events: &[Event]) -> (Vec<EventRow>, usize) {
    let progress = |event: &&Event| matches!(event.kind, EventKind::AttemptProgressed { .. });
    let told = events.iter().filter(|event| !progress(event));
    let row = |event: &Event| EventRow {
        seq: event.seq,
        at: event.at,
        step: step_of(&event.kind).cloned(),
        says: sentence(event, workflow),
    };
    (told.map(row).collect(), events.iter().filter(progress).count())
}

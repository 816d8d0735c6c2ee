//! The steps of a run: where each stands.

use super::duration::{date_time, span};
use serde_json::{Value, json};
use windlass_model::lane::{AttemptState, Finish, Lane, LaneState};
use windlass_model::run::Run;
use windlass_model::{Side, StepIdx, Timestamp, Workflow};

/// A step as a human is told of it: its mark, and where it stands in words.
#[derive(Clone, Debug, PartialEq)]
pub struct Marked {
    /// One character.
    pub mark: char,
    /// In words.
    pub words: String,
}

/// Where a lane stands at a moment of the run's clock.
pub fn marked(lane: &Lane, now: Timestamp) -> Marked {
    let (mark, words) = match &lane.state {
        LaneState::Blocked(_) => ('·', "waits for others".to_owned()),
        LaneState::Ready => ('·', "is next".to_owned()),
        LaneState::Attempting => ('▸', in_flight(lane)),
        LaneState::RetryAt(at) => ('↻', format!("tries again in {}", span(at.since(now)))),
        LaneState::Sleeping(at) => ('◷', format!("waits until {}", date_time(*at))),
        LaneState::Awaiting(None) => ('?', "waits for a human".to_owned()),
        LaneState::Awaiting(Some(until)) => {
            ('?', format!("waits for a human until {}", date_time(*until)))
        }
        LaneState::Answered => ('?', "was answered".to_owned()),
        LaneState::Failed { failure, in_doubt: false } => ('✗', failure.message.clone()),
        LaneState::Failed { failure, in_doubt: true } => {
            ('✗', format!("{} (it may have acted)", failure.message))
        }
        LaneState::Finished(Finish::Succeeded) => ('✓', "done".to_owned()),
        LaneState::Finished(Finish::Skipped) => ('–', "skipped".to_owned()),
    };
    Marked { mark, words }
}

fn in_flight(lane: &Lane) -> String {
    let Some(attempt) = lane.attempt.as_deref() else { return "at work".to_owned() };
    let what = match &attempt.state {
        AttemptState::Started => "at work".to_owned(),
        AttemptState::Accepted => match attempt.percent {
            Some(percent) => format!("accepted, {percent:.0} %"),
            None => "accepted, works on".to_owned(),
        },
        AttemptState::InDoubt { why } => format!("in doubt: {why}"),
        AttemptState::Asks { why } => format!("IN DOUBT, a human must tell: {why}"),
    };
    match attempt.number {
        1 => what,
        number => format!("{what}, attempt {number}"),
    }
}

/// The lane that says where a step stands: its undo, once that has begun.
pub fn telling(run: &Run, at: StepIdx) -> Option<(Side, &Lane)> {
    let step = run.steps.get(at as usize)?;
    match step.undo.as_deref() {
        Some(undo) if step.forward.armed => Some((Side::Undo, undo)),
        _ => Some((Side::Forward, &step.forward)),
    }
}

/// A line for each step that does something.
pub fn lines(workflow: &Workflow, run: &Run, now: Timestamp) -> Vec<String> {
    let width = workflow.def().steps.iter().map(|s| s.id.as_str().len()).max().unwrap_or(0).min(32);
    let shown = (0..workflow.len() as StepIdx).filter(|at| !workflow.is_join(*at));
    shown
        .filter_map(|at| {
            let (side, lane) = telling(run, at)?;
            let Marked { mark, words } = marked(lane, now);
            let words = if side == Side::Undo { format!("undo: {words}") } else { words };
            let begun = lane.attempt.as_ref().filter(|_| lane.in_flight().is_some());
            let since =
                begun.map(|attempt| format!(", since {}", span(now.since(attempt.started_at))));
            let words = words + &since.unwrap_or_default();
            Some(format!("  {mark} {:width$}  {words}", workflow.step(at).id.as_str()))
        })
        .collect()
}

/// The same as JSON.
pub fn json(workflow: &Workflow, run: &Run, now: Timestamp) -> Vec<Value> {
    let shown = (0..workflow.len() as StepIdx).filter(|at| !workflow.is_join(*at));
    shown
        .filter_map(|at| {
            let (side, lane) = telling(run, at)?;
            Some(json!({
                "step": workflow.step(at).id,
                "side": side,
                "state": state_word(lane),
                "says": marked(lane, now).words,
                "attempts": lane.attempts,
                "percent": percent(lane),
                "output": run.steps[at as usize].output,
            }))
        })
        .collect()
}

/// How far a remote operation is; of what has ended it says nothing any more.
fn percent(lane: &Lane) -> Option<f64> {
    lane.in_flight().and(lane.attempt.as_ref()).and_then(|attempt| attempt.percent)
}

fn state_word(lane: &Lane) -> &'static str {
    match &lane.state {
        LaneState::Blocked(_) => "blocked",
        LaneState::Ready => "ready",
        LaneState::Attempting => match lane.in_flight() {
            Some(AttemptState::Accepted) => "accepted",
            Some(AttemptState::InDoubt { .. }) => "in_doubt",
            Some(AttemptState::Asks { .. }) => "asks",
            _ => "started",
        },
        LaneState::RetryAt(_) => "retry_scheduled",
        LaneState::Sleeping(_) => "sleeping",
        LaneState::Awaiting(_) => "awaiting",
        LaneState::Answered => "answered",
        LaneState::Failed { .. } => "failed",
        LaneState::Finished(Finish::Succeeded) => "succeeded",
        LaneState::Finished(Finish::Skipped) => "skipped",
    }
}

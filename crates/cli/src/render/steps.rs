//! The steps of a run: where each stands.

use super::duration::span;
use super::rounds;
use super::zones::Zones;
use serde_json::{Value, json};
use windlass_model::drift::DriftDecision;
use windlass_model::lane::{AttemptState, Finish, Lane, LaneState};
use windlass_model::run::Run;
use windlass_model::step::Gate;
use windlass_model::{Side, StepDef, StepIdx, Timestamp, Work, Workflow};

/// A step as a human is told of it: its mark, and where it stands in words.
#[derive(Clone, Debug, PartialEq)]
pub struct Marked {
    /// One character.
    pub mark: char,
    /// In words.
    pub words: String,
}

/// Where a lane stands at a moment of the run's clock.
pub fn marked(workflow: &Workflow, at: StepIdx, lane: &Lane, now: Timestamp) -> Marked {
    let step = workflow.step(at);
    let moment = |time| Zones::of_step(workflow, at).moment(time);
    let (mark, words) = match &lane.state {
        LaneState::Blocked(_) => ('·', "waits for others".to_owned()),
        LaneState::Ready => ('·', "is next".to_owned()),
        LaneState::Attempting => {
            ('▸', waits_for_file(step, lane).unwrap_or_else(|| in_flight(lane)))
        }
        LaneState::RetryAt(due) => ('↻', format!("tries again in {}", span(due.since(now)))),
        LaneState::Sleeping(until) => ('◷', sleeping(step, &moment(*until))),
        LaneState::Awaiting(until) => ('?', awaiting(step, until.map(moment))),
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

/// What a step waits for by itself.
fn sleeping(step: &StepDef, until: &str) -> String {
    match (&step.work, &step.gate) {
        (Work::WaitWindow { .. }, _) | (_, Gate { window: Some(_), not_before: None, .. }) => {
            format!("waits for its window, which opens {until}")
        }
        (_, Gate { pause_ms: Some(_), .. }) => format!("pauses until {until}"),
        _ => format!("waits until {until}"),
    }
}

/// What a step waits for from others.
fn awaiting(step: &StepDef, until: Option<String>) -> String {
    let what = match &step.work {
        Work::WaitSignal { name } => format!("the signal `{name}`"),
        _ => "a human".to_owned(),
    };
    match until {
        None => format!("waits for {what}"),
        Some(until) => format!("waits for {what} until {until}"),
    }
}

/// A wait for a file is an action that is polled: what is polled for says more than that it is.
fn waits_for_file(step: &StepDef, lane: &Lane) -> Option<String> {
    let Work::Action { uses, .. } = &step.work else { return None };
    let (Some(AttemptState::Accepted), "file.wait") = (lane.in_flight(), uses.as_str()) else {
        return None;
    };
    let path = lane.attempt.as_ref()?.input.get("path")?.as_str()?.to_owned();
    Some(format!("waits for the file {path}"))
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
    let hidden = rounds::not_begun(workflow, run);
    let shown = (0..workflow.len() as StepIdx).filter(|at| !workflow.is_join(*at));
    shown
        .filter(|at| !hidden.contains(at))
        .filter_map(|at| {
            let (side, lane) = telling(run, at)?;
            let Marked { mark, words } = marked(workflow, at, lane, now);
            let words = if side == Side::Undo { format!("undo: {words}") } else { words };
            let begun = lane.attempt.as_ref().filter(|_| lane.in_flight().is_some());
            let since =
                begun.map(|attempt| format!(", since {}", span(now.since(attempt.started_at))));
            let words = words + &since.unwrap_or_default();
            let drifted = run.steps[at as usize].drifted.as_ref();
            let drifted = drifted.filter(|_| side == Side::Forward).map(|drifted| {
                let found = Zones::of(&workflow.def().environment, None).short(drifted.at);
                let decided = match drifted.decision {
                    Some(DriftDecision::Accept) => ", accepted",
                    Some(DriftDecision::PutBack) if lane.finished() => ", put back",
                    Some(DriftDecision::PutBack) => ", to be put back",
                    Some(DriftDecision::Stop) | None => "",
                };
                format!("; DRIFT found {found}: {}{decided}", drifted.what)
            });
            let words = words + &drifted.unwrap_or_default();
            Some(format!("  {mark} {:width$}  {words}", workflow.step(at).id.as_str()))
        })
        .collect()
}

/// What a waiting run waits for, each in a few words.
pub fn waits_for(workflow: &Workflow, run: &Run) -> Vec<String> {
    let timed = run.timers.iter().map(|(_, id)| id).filter(|id| !run.awaiting.contains(id));
    let said = run.awaiting.iter().chain(timed).filter_map(|id| {
        let step = workflow.step(id.0);
        match (&run.lane(*id)?.state, &step.work) {
            (LaneState::Awaiting(_), Work::WaitSignal { name }) => Some(format!("signal {name}")),
            (LaneState::Awaiting(_), _) => Some(format!("answer to {}", step.id)),
            (LaneState::Sleeping(until), _) => {
                let until = Zones::of_step(workflow, id.0).short(*until);
                Some(format!("{} at {until}", step.id))
            }
            _ => None,
        }
    });
    said.collect()
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
                "says": marked(workflow, at, lane, now).words,
                "attempts": lane.attempts,
                "percent": percent(lane),
                "output": run.steps[at as usize].output,
                "drift": run.steps[at as usize].drifted,
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

//! An event as a sentence.

use super::duration::{clock_time, span};
use super::values::{bounded, plain};
use super::zones::Zones;
use windlass_model::drift::DriftDecision;
use windlass_model::{Decision, Event, EventKind, Side, StepId, Value, Work, Workflow};

/// Characters of a hash that a line shows; `--json` has all of it.
const HASH_SHOWN: usize = 12;

/// The event as a line: time, step, what happened.
pub fn line(event: &Event, workflow: &Workflow) -> String {
    let what = sentence(event, workflow);
    let time = clock_time(event.at);
    match step_of(&event.kind) {
        Some(step) => format!("{time}  {step}: {what}"),
        None => format!("{time}  {what}"),
    }
}

/// What happened, without time and step.
pub fn sentence(event: &Event, workflow: &Workflow) -> String {
    set(&event.kind, workflow)
        .or_else(|| attempt(event))
        .or_else(|| waiting(event, workflow))
        .unwrap_or_else(|| whole_run(&event.kind))
}

/// The step that an event is about.
pub fn step_of(kind: &EventKind) -> Option<&StepId> {
    match kind {
        EventKind::StepSkipped { step, .. }
        | EventKind::StepSucceeded { step, .. }
        | EventKind::AttemptStarted { step, .. }
        | EventKind::AttemptAccepted { step, .. }
        | EventKind::AttemptProgressed { step, .. }
        | EventKind::AttemptSucceeded { step, .. }
        | EventKind::AttemptFailed { step, .. }
        | EventKind::AttemptInDoubt { step, .. }
        | EventKind::AttemptFoundAbsent { step, .. }
        | EventKind::AttemptFoundBegun { step, .. }
        | EventKind::RetryScheduled { step, .. }
        | EventKind::StepFailed { step, .. }
        | EventKind::DoubtUnsettled { step, .. }
        | EventKind::SignalAwaited { step, .. }
        | EventKind::SignalReceived { step, .. }
        | EventKind::TimerSet { step, .. }
        | EventKind::StepNotified { step, .. }
        | EventKind::OperatorDecision { step, .. }
        | EventKind::DriftFound { step, .. }
        | EventKind::DriftDecided { step, .. } => Some(step),
        _ => None,
    }
}

fn undo(side: &Side) -> &'static str {
    match side {
        Side::Forward => "",
        Side::Undo => "undo: ",
    }
}

/// What a step of `set` or `log` found: that is what it is for.
fn set(kind: &EventKind, workflow: &Workflow) -> Option<String> {
    let EventKind::StepSucceeded { step, output, .. } = kind else { return None };
    let Work::Set { .. } = &workflow.step(workflow.find(step)?).work else { return None };
    let values = output.as_object().filter(|values| !values.is_empty())?;
    let told = values.iter().map(|(name, value)| match (name.as_str(), value) {
        ("message", Value::String(message)) => message.clone(),
        _ => format!("{name} = {}", plain(value)),
    });
    let told: Vec<String> = told.collect();
    Some(format!("done: {}", bounded(&told.join(", "))))
}

fn attempt(event: &Event) -> Option<String> {
    Some(match &event.kind {
        EventKind::StepSkipped { side, why, .. } => format!("{}skipped, {why}", undo(side)),
        EventKind::StepSucceeded { .. } => "done".to_owned(),
        EventKind::AttemptStarted { side, attempt: 1, .. } => format!("{}started", undo(side)),
        EventKind::AttemptStarted { side, attempt, .. } => {
            format!("{}started, attempt {attempt}", undo(side))
        }
        EventKind::AttemptAccepted { side, .. } => format!("{}accepted, works on", undo(side)),
        EventKind::AttemptProgressed { side, percent: Some(percent), .. } => {
            format!("{}{percent:.0} %", undo(side))
        }
        EventKind::AttemptProgressed { side, .. } => format!("{}works on", undo(side)),
        EventKind::AttemptSucceeded { side, .. } => format!("{}done", undo(side)),
        EventKind::AttemptFailed { side, failure, .. } => {
            format!("{}attempt failed: {}", undo(side), failure.message)
        }
        EventKind::AttemptInDoubt { side, why, .. } => {
            format!("{}in doubt, looking: {why}", undo(side))
        }
        EventKind::AttemptFoundAbsent { side, .. } => {
            format!("{}did not take place, trying again", undo(side))
        }
        EventKind::AttemptFoundBegun { side, .. } => {
            format!("{}ended half-way, trying again", undo(side))
        }
        EventKind::RetryScheduled { side, not_before, .. } => {
            format!("{}next attempt in {}", undo(side), span(not_before.since(event.at)))
        }
        EventKind::StepFailed { side, failure, .. } => {
            format!("{}FAILED: {}", undo(side), failure.message)
        }
        EventKind::DoubtUnsettled { side, why, .. } => {
            format!("{}IN DOUBT, a human must tell: {why}", undo(side))
        }
        _ => return None,
    })
}

fn waiting(event: &Event, workflow: &Workflow) -> Option<String> {
    Some(match &event.kind {
        EventKind::SignalAwaited { signal: Some(name), .. } => {
            format!("waits for the signal `{name}`")
        }
        EventKind::SignalAwaited { prompt, .. } => format!("waits for a human: {prompt}"),
        EventKind::SignalReceived { by, value, note, evidence, .. } => {
            let note = note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
            let files = evidence.iter().map(|one| {
                let start = one.sha256.get(..HASH_SHOWN).unwrap_or(&one.sha256);
                format!("; evidence {} ({} bytes, sha256 {start}…)", one.name, one.bytes)
            });
            format!("{by} answered {value}{note}{}", files.collect::<String>())
        }
        EventKind::TimerSet { step, until, .. } => {
            let zones = Zones::of_step(workflow, workflow.find(step)?);
            format!("waits {}, until {}", span(until.since(event.at)), zones.moment(*until))
        }
        EventKind::StepNotified { on, why: None, .. } => format!("told people ({})", on.as_str()),
        EventKind::StepNotified { on, why: Some(why), .. } => {
            format!("told nobody ({}): {why}", on.as_str())
        }
        EventKind::OperatorDecision { decision, by, reason, .. } => {
            let word = match decision {
                Decision::Done => "done",
                Decision::Skip => "skip",
                Decision::Retry => "retry",
            };
            format!("{by} said `{word}`: {reason}")
        }
        EventKind::DriftFound { what, who, .. } => {
            let who = who.as_ref().map(|who| format!(", {who}")).unwrap_or_default();
            format!("DRIFT, no longer as it left it: {what}{who}")
        }
        EventKind::DriftDecided { decision, by, .. } => match decision {
            DriftDecision::Accept => format!("{by} accepted that"),
            DriftDecision::PutBack => format!("{by} has it put back"),
            DriftDecision::Stop => format!("{by} stopped at that: nothing was done"),
        },
        _ => return None,
    })
}

fn whole_run(kind: &EventKind) -> String {
    match kind {
        EventKind::RunQueued { behind: Some(run) } => format!("queued behind {run}"),
        EventKind::RunQueued { behind: None } => "queued".to_owned(),
        EventKind::RunStarted { by } => format!("run started by {by}"),
        EventKind::RunResumed { by } => format!("run resumed by {by}"),
        EventKind::SignalSent { name, by, note, .. } => {
            let note = note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
            format!("{by} sent the signal `{name}`{note}")
        }
        EventKind::RunMigrated { by, reason, .. } => {
            format!("{by} has it go on by another workflow: {reason}")
        }
        EventKind::PauseRequested { by } => format!("{by} asked for a pause"),
        EventKind::CancelRequested { by, keep: true } => {
            format!("{by} asked to end the run and leave things as they are")
        }
        EventKind::CancelRequested { by, keep: false } => format!("{by} asked to undo and end"),
        EventKind::RollbackStarted { by, reason, to } => {
            let to = to.as_ref().map(|to| format!(" back to `{to}`")).unwrap_or_default();
            format!("rollback{to} started by {by}: {reason}")
        }
        EventKind::RunSucceeded => "run SUCCEEDED".to_owned(),
        EventKind::RunFailed { why } => format!("run FAILED: {why}"),
        EventKind::RunPaused => "run PAUSED".to_owned(),
        EventKind::RunRolledBack => "run ROLLED BACK".to_owned(),
        EventKind::RunStuck { why } => format!("run STUCK: {why}"),
        EventKind::RunCancelled => "run CANCELLED, things left as they are".to_owned(),
        EventKind::RunSuperseded { by } => format!("run superseded by {by}"),
        _ => "happened".to_owned(),
    }
}

//! Which commands lead on from where a run stands. The words only; the program's name and store go
//! before them.

use windlass_model::lane::LaneState;
use windlass_model::run::{Halt, LaneId, Run};
use windlass_model::{Phase, Work, Workflow};

/// The commands, the likeliest first, without `windlass`. A run that somebody drives is watched,
/// not resumed.
pub fn commands(workflow: &Workflow, run: &Run, driven: bool) -> Vec<String> {
    let id = run.id;
    let one = |words: &str| vec![format!("{words} {id}")];
    match run.phase() {
        Phase::Succeeded => vec![format!("show {id}"), format!("rollback {id}")],
        Phase::RolledBack | Phase::Cancelled | Phase::Superseded => one("history"),
        Phase::Queued | Phase::Running | Phase::RollingBack if driven => {
            vec![format!("show {id} --watch"), format!("pause {id}")]
        }
        Phase::Queued | Phase::Running | Phase::RollingBack => {
            vec![format!("resume {id}"), format!("show {id}")]
        }
        Phase::Waiting => waiting(workflow, run, driven),
        Phase::Paused => {
            let mut said = one("resume");
            if !run.going_back() {
                said.push(format!("rollback {id}"));
            }
            said.push(format!("cancel {id} --keep"));
            said
        }
        Phase::Failed => {
            let mut said = one("resume");
            said.extend(run.failed.iter().map(|lane| decision(workflow, run, *lane, "skip")));
            said.push(format!("rollback {id}"));
            said
        }
        Phase::Stuck => stuck(workflow, run),
    }
}

/// How a waiting run's open questions are answered.
fn waiting(workflow: &Workflow, run: &Run, driven: bool) -> Vec<String> {
    let id = run.id;
    let asked = run.awaiting.iter().map(|(at, _)| {
        let step = workflow.step(*at);
        let value = match &step.work {
            Work::Input { .. } => "--value VALUE",
            Work::Approve { typed: Some(_), .. } => "--value NAME",
            Work::WaitSignal { name } => return format!("signal {id} {name}"),
            _ => "--yes",
        };
        format!("answer {id} {} {value}", shell_word(step.id.as_str()))
    });
    let mut said: Vec<String> = asked.collect();
    said.push(if driven { format!("show {id} --watch") } else { format!("resume {id}") });
    said
}

fn stuck(workflow: &Workflow, run: &Run) -> Vec<String> {
    let id = run.id;
    let mut said = Vec::new();
    for lane in run.asking() {
        said.extend(["done", "retry", "skip"].map(|word| decision(workflow, run, lane, word)));
    }
    let failed = run.failed.iter().filter(|lane| {
        run.lane(**lane).is_some_and(|lane| matches!(lane.state, LaneState::Failed { .. }))
    });
    for lane in failed {
        said.extend(["retry", "skip"].map(|word| decision(workflow, run, *lane, word)));
    }
    said.push(format!("resume {id}"));
    if !run.going_back() {
        said.push(format!("rollback {id}"));
    }
    said
}

fn decision(workflow: &Workflow, run: &Run, lane: LaneId, word: &str) -> String {
    let step = shell_word(workflow.step(lane.0).id.as_str());
    format!("step {word} {} {step} --reason WHY", run.id)
}

/// `stop[qa4]` is a pattern to a shell.
fn shell_word(word: &str) -> String {
    if word.contains(['[', ']', '*', ' ']) { format!("'{word}'") } else { word.to_owned() }
}

/// Why a run stands still, in a sentence.
pub fn why(run: &Run) -> Option<String> {
    match &run.halt {
        Some(Halt::Failed { why } | Halt::Stuck { why }) => Some(why.clone()),
        Some(Halt::Paused) if run.going_back() => {
            Some("the rollback was paused, or went as far as it was asked to".to_owned())
        }
        Some(Halt::Paused) => Some("it was asked to pause".to_owned()),
        None => None,
    }
}

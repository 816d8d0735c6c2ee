//! Which commands lead on from where a run stands. The words only; the program's name and store go
//! before them.

use super::lead_out::{way_back, way_on};
use crate::compose::standing::{Before, Standing};
use crate::shell_word::shell_word;
use std::path::Path;
use windlass_model::guards::guard;
use windlass_model::lane::LaneState;
use windlass_model::rollback::{bars_the_way_back, point_of_no_return};
use windlass_model::run::{Halt, LaneId, Run, StepRun};
use windlass_model::way_out::{barrier, leads_back};
use windlass_model::world::world;
use windlass_model::{Phase, StepIdx, Work, Workflow};

/// The commands, the likeliest first, without `windlass`. A run that somebody drives is watched,
/// not resumed.
pub fn commands(workflow: &Workflow, run: &Run, standing: &Standing) -> Vec<String> {
    let driven = standing.driver.is_some();
    let id = run.id;
    let one = |words: &str| vec![format!("{words} {id}")];
    match run.phase() {
        Phase::Succeeded => {
            // Whoever came back by a way back has not to go it again.
            let otherwise =
                if carries_on(workflow, run) { None } else { way_back(workflow, run, None) };
            let words = [format!("show {id}"), back(workflow, run)];
            words.into_iter().chain(otherwise).collect()
        }
        Phase::RolledBack | Phase::Cancelled => {
            let own = way_back(workflow, run, None);
            let otherwise = own.or_else(|| standing.before.as_ref().and_then(|it| left(run, it)));
            let on = way_on(workflow, run, None).or_else(|| {
                let Before { workflow, run } = standing.before.as_ref()?;
                way_on(workflow, run, None)
            });
            on.into_iter().chain(otherwise).chain(one("history")).collect()
        }
        Phase::Superseded => {
            let after = standing.after.map(|successor| format!("show {successor}"));
            let own = [format!("history {id}"), format!("rollback {id} --preview")];
            after.into_iter().chain(own).collect()
        }
        Phase::Queued | Phase::Running | Phase::RollingBack if driven => {
            vec![format!("show {id} --watch"), format!("pause {id}")]
        }
        Phase::Queued | Phase::Running | Phase::RollingBack => {
            let otherwise = way_back(workflow, run, Some(id));
            let words = [format!("resume {id}"), format!("show {id}")];
            words.into_iter().chain(otherwise).collect()
        }
        Phase::Waiting => waiting(workflow, run, driven),
        Phase::Paused => {
            let mut said = one("resume");
            match run.going_back() {
                true => said.extend(past_return(workflow, run)),
                false => said.push(format!("rollback {id}")),
            }
            said.push(format!("cancel {id} --keep"));
            said
        }
        Phase::Failed => {
            let free = |lane: &&LaneId| {
                guard(workflow, run, lane.0).is_none() && !standing.not_skippable.contains(&lane.0)
            };
            let skips = run.failed.iter().filter(free);
            let mut said = one("resume");
            said.extend(past_return(workflow, run));
            said.push(back(workflow, run));
            said.extend(skips.map(|lane| decision(workflow, run, *lane, "skip")));
            said
        }
        Phase::Stuck => stuck(workflow, run),
    }
}

/// How a waiting run's open questions are answered.
fn waiting(workflow: &Workflow, run: &Run, driven: bool) -> Vec<String> {
    let id = run.id;
    let asked = run.awaiting.iter().flat_map(|(at, _)| {
        let step = workflow.step(*at);
        let values: &[&str] = match &step.work {
            Work::Input { ty, .. } if ty == "bool" => &["--yes", "--no"],
            Work::Input { .. } => &["--value VALUE"],
            Work::Approve { typed: Some(_), .. } => &["--value NAME", "--no"],
            Work::WaitSignal { name } => return vec![format!("signal {id} {name}")],
            _ => &["--yes", "--no"],
        };
        let answer = |value| format!("answer {id} {} {value}", shell_word(step.id.as_str()));
        values.iter().map(answer).collect()
    });
    let mut said: Vec<String> = asked.collect();
    said.push(if driven { format!("show {id} --watch") } else { format!("resume {id}") });
    said
}

fn stuck(workflow: &Workflow, run: &Run) -> Vec<String> {
    let id = run.id;
    let mut said = Vec::new();
    for lane in run.asking() {
        let skips = run.going_back() || guard(workflow, run, lane.0).is_none();
        let words = ["done", "retry"].into_iter().chain(skips.then_some("skip"));
        said.extend(words.map(|word| decision(workflow, run, lane, word)));
    }
    let failed = run.failed.iter().filter(|lane| {
        run.lane(**lane).is_some_and(|lane| matches!(lane.state, LaneState::Failed { .. }))
    });
    let mut barred = false;
    for lane in failed {
        match bars_the_way_back(workflow, run, *lane) {
            true => barred = true,
            false => {
                said.extend(["retry", "skip"].map(|word| decision(workflow, run, *lane, word)));
            }
        }
    }
    match barred {
        // Nobody goes on past it: what it says leads on, or it is left as it stands.
        true => {
            said.extend(past_return(workflow, run));
            said.extend([format!("show {id}"), format!("cancel {id} --keep")]);
        }
        false => said.push(format!("resume {id}")),
    }
    if !run.going_back() {
        said.push(back(workflow, run));
    }
    said
}

/// What leads back from what a run left whose place one took that has ended: the workflow that
/// does, or its own rollback, which is legal where nothing has changed since.
fn left(run: &Run, before: &Before) -> Option<String> {
    let Before { workflow, run: old } = before;
    let untouched =
        run.phase() == Phase::RolledBack || !run.steps.iter().any(|step| step.forward.armed);
    let undoes = untouched
        && barrier(workflow, old).is_none()
        && old.phase() == Phase::Superseded
        && !world(workflow, old, false).is_empty();
    way_back(workflow, old, None).or_else(|| undoes.then(|| format!("rollback {}", old.id)))
}

/// What leads on, and what back, where a run is past a point of no return. What leads on comes
/// first: it takes nothing away.
fn past_return(workflow: &Workflow, run: &Run) -> impl Iterator<Item = String> {
    let id = Some(run.id);
    [way_on(workflow, run, id), way_back(workflow, run, id)].into_iter().flatten()
}

/// Whether the run is a way back itself, which is started once more to carry on.
fn carries_on(workflow: &Workflow, run: &Run) -> bool {
    let own = Some(workflow.def().name.as_str());
    leads_back(workflow, run).is_some_and(|way| {
        Path::new(way.workflow).file_stem().and_then(|name| name.to_str()) == own
    })
}

/// The way back; a look at it first, where it does not lead all the way.
fn back(workflow: &Workflow, run: &Run) -> String {
    let stops = |(at, step): (usize, &StepRun)| {
        step.forward.armed && point_of_no_return(workflow.step(at as StepIdx))
    };
    let look = if run.steps.iter().enumerate().any(stops) { " --preview" } else { "" };
    format!("rollback {}{look}", run.id)
}

fn decision(workflow: &Workflow, run: &Run, lane: LaneId, word: &str) -> String {
    let step = shell_word(workflow.step(lane.0).id.as_str());
    format!("step {word} {} {step} --reason WHY", run.id)
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

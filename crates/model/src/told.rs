//! What a run means in the world, in sentences: what is stopped first.

use crate::catalog::EffectClass;
use crate::drift::{DriftDecision, Drifted};
use crate::event::Side;
use crate::id::StepId;
use crate::lane::{Lane, LaneState};
use crate::run::{Run, StepRun};
use crate::step::Work;
use crate::workflow::{StepIdx, Workflow};
use crate::world::{Certainty, RUNNING, World, world};
use serde_json::Value;

/// The words for a value of a field of a resource, by the resource's type where that is known.
/// `{it}` stands for the resource's name and `{value}` for the value.
pub type Words = dyn Fn(Option<&str>, &str, &Value) -> Option<&'static str>;

/// The world as sentences, most urgent first: what is stopped, what is half done, what is set.
pub fn sentences(workflow: &Workflow, run: &Run, driven: bool, words: &Words) -> Vec<String> {
    let mut world = world(workflow, run, driven);
    let otherwise = otherwise(workflow, run, &mut world);
    let mut said = fields(workflow, run, world, "this run", words);
    said.extend(otherwise);
    said.extend(elsewhere(workflow, run));
    said.extend(undone(workflow, run));
    said.extend(kept(workflow, run));
    said
}

/// What is known to be otherwise than finished steps left it; their fields are no longer the run's.
fn otherwise(workflow: &Workflow, run: &Run, world: &mut World) -> Vec<String> {
    let mut said = Vec::new();
    for at in workflow.order() {
        let (step, here) = (workflow.step(*at), &run.steps[*at as usize]);
        let put_back = |drifted: &&Drifted| drifted.decision != Some(DriftDecision::PutBack);
        let undone = here.undo.as_deref().is_some_and(Lane::succeeded);
        let Some(drifted) = here.drifted.as_ref().filter(put_back).filter(|_| !undone) else {
            continue;
        };
        let before = world.len();
        world.retain(|_, field| field.step != step.id.as_str());
        if world.len() < before {
            let accepted = drifted.decision == Some(DriftDecision::Accept);
            let as_it_is = if accepted { ", which was accepted" } else { "" };
            said.push(format!("otherwise since `{}`: {}{as_it_is}", step.id, drifted.what));
        }
    }
    said
}

/// What a run left that another one took over from, but for what that one has set since.
pub fn left(before: (&Workflow, &Run), since: &World, words: &Words) -> Vec<String> {
    let (workflow, run) = before;
    let mut world = world(workflow, run, false);
    world.retain(|field, _| !since.contains_key(field));
    fields(workflow, run, world, &run.id.to_string(), words)
}

fn fields(workflow: &Workflow, run: &Run, world: World, by: &str, words: &Words) -> Vec<String> {
    let plain = |resource: &str, field: &str, value: &Value| {
        let bound = workflow.def().environment.resources.get(resource);
        let told = words(bound.map(|bound| bound.kind.as_str()), field, value);
        told.map_or_else(
            || bare(resource, field, value),
            |told| told.replace("{value}", &text(value)).replace("{it}", resource),
        )
    };
    let mut stopped = Vec::new();
    let mut perhaps_stopped = Vec::new();
    let mut unsure = Vec::new();
    let mut set = Vec::new();
    for ((resource, field), state) in world {
        let is_stopped = field == RUNNING && state.value == Value::Bool(false);
        match state.certainty {
            Certainty::Set if is_stopped => stopped.push(resource),
            Certainty::Set => set.push(plain(&resource, &field, &state.value)),
            Certainty::Changing => unsure.push(format!(
                "soon: {} (step `{}` is at work)",
                plain(&resource, &field, &state.value),
                state.step
            )),
            // The worse of the two is what has to be looked for.
            Certainty::Maybe if field == RUNNING && state.value != Value::Bool(false) => {
                let why = why_unsure(workflow, run, &state.step);
                perhaps_stopped.push(format!("{resource} is perhaps STOPPED ({why})"));
            }
            Certainty::Maybe => unsure.push(format!(
                "perhaps: {} ({})",
                plain(&resource, &field, &state.value),
                why_unsure(workflow, run, &state.step)
            )),
        }
    }
    let mut said = Vec::new();
    if !stopped.is_empty() {
        let are = if stopped.len() == 1 { "is" } else { "are" };
        said.push(format!("{} {are} STOPPED by {by}", stopped.join(", ")));
    }
    said.extend(perhaps_stopped);
    said.extend(unsure);
    said.extend(set);
    said
}

/// A field that nobody has words for.
fn bare(resource: &str, field: &str, value: &Value) -> String {
    match value {
        Value::Null => format!("{resource}: {field} was changed"),
        value => format!("{resource}: {field} is {}", text(value)),
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Why it is not known how a step left its fields.
fn why_unsure(workflow: &Workflow, run: &Run, step: &str) -> String {
    let at = workflow.find(&StepId::from(step)).map(|at| &run.steps[at as usize]);
    match at {
        Some(StepRun { undo: Some(undo), .. }) if undo.attempts > 0 => {
            format!("undoing step `{step}` has not ended")
        }
        Some(StepRun { forward, .. }) if matches!(forward.state, LaneState::Failed { .. }) => {
            format!("step `{step}` failed")
        }
        _ => format!("the end of step `{step}` is not known"),
    }
}

/// One sentence about what the run has changed that no field tells of.
fn elsewhere(workflow: &Workflow, run: &Run) -> Option<String> {
    let changes = |at: &&StepIdx| {
        let step = &run.steps[**at as usize];
        let acts = matches!(&workflow.step(**at).work, Work::Action { traits, .. }
            if traits.class != EffectClass::ReadOnly);
        let untold = step.forward.attempt.as_deref().is_some_and(|one| one.effects.is_empty());
        let stays = step.forward.succeeded() && !step.undo.as_deref().is_some_and(Lane::succeeded);
        acts && untold && stays
    };
    let names = workflow.order().iter().filter(changes);
    let names: Vec<&str> = names.map(|at| workflow.step(*at).id.as_str()).collect();
    (!names.is_empty()).then(|| format!("done: {}", names.join(", ")))
}

/// One sentence about what a rollback has put back.
fn undone(workflow: &Workflow, run: &Run) -> Option<String> {
    let undone: Vec<&str> = workflow
        .order()
        .iter()
        .filter(|at| {
            let undo = run.lane((**at, Side::Undo));
            let left = undo
                .and_then(|lane| lane.attempt.as_deref())
                .is_some_and(|attempt| !attempt.kept.is_empty());
            undo.is_some_and(|lane| lane.succeeded() && lane.attempts > 0) && !left
        })
        .map(|at| workflow.step(*at).id.as_str())
        .collect();
    (!undone.is_empty()).then(|| format!("put back: {}", undone.join(", ")))
}

/// What undone steps left alone, since somebody else had changed it meanwhile.
fn kept(workflow: &Workflow, run: &Run) -> Vec<String> {
    let undo = workflow.order().iter().filter_map(|at| run.lane((*at, Side::Undo)));
    undo.filter_map(|lane| lane.attempt.as_deref()).flat_map(|one| one.kept.clone()).collect()
}

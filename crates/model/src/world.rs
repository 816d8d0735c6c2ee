//! What a run means in the world, from the effects that its attempts declared: which fields it has
//! set, which it may have set, which it has put back.

use crate::event::{Effect, Side};
use crate::id::StepId;
use crate::lane::{AttemptState, Lane, LaneState};
use crate::run::{Run, StepRun};
use crate::step::Compensate;
use crate::workflow::Workflow;
use serde_json::Value;
use std::collections::BTreeMap;

/// How sure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// The run set it.
    Set,
    /// The run is setting it now.
    Changing,
    /// The run may have set it: its attempt is in doubt or failed half way.
    Maybe,
}

/// A field as the run left it.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The value it was set to; null is unknown.
    pub value: Value,
    /// How sure it is.
    pub certainty: Certainty,
    /// The step that set it.
    pub step: String,
}

/// Fields by resource and name.
pub type World = BTreeMap<(String, String), Field>;

/// The fields that the run has set and not put back. `driven` is whether anybody drives it now: an
/// intent that nobody drives was perhaps never sent.
pub fn world(workflow: &Workflow, run: &Run, driven: bool) -> World {
    let mut world = World::new();
    let mut gone = Vec::new();
    for at in workflow.order() {
        let step = &run.steps[*at as usize];
        let undo = step.undo.as_deref();
        let Some(attempt) = step.forward.attempt.as_deref() else { continue };
        let Some(certainty) = certainty(&step.forward, undo, driven) else {
            if undo.is_some_and(Lane::succeeded) {
                gone.extend(made(&attempt.effects));
                if matches!(workflow.step(*at).compensate, Compensate::Custom { .. }) {
                    // What the file's own compensation leaves, nobody says.
                    attempt.effects.iter().for_each(|effect| forget(&mut world, effect));
                }
            }
            continue;
        };
        if certainty == Certainty::Maybe {
            doubt_running(&mut world, &attempt.effects, workflow.step(*at).id.as_str());
        }
        for Effect { resource, field, value } in &attempt.effects {
            if field == RUNNING && value.is_null() && !is_stopped(&world, resource) {
                continue;
            }
            let step = workflow.step(*at).id.to_string();
            let field_state = Field { value: value.clone(), certainty, step };
            world.insert((resource.clone(), field.clone()), field_state);
        }
    }
    // What was made and taken away again has no fields any more.
    world.retain(|(resource, _), _| !gone.contains(&resource.as_str()));
    world
}

/// The field that says whether an app runs.
const RUNNING: &str = "running";

/// Whether the run has stopped something: only then what may have started it is worth a word.
fn is_stopped(world: &World, resource: &str) -> bool {
    let running = world.get(&(resource.to_owned(), RUNNING.to_owned()));
    running.is_some_and(|field| field.value == Value::Bool(false))
}

/// The resources that effects say are there.
fn made(effects: &[Effect]) -> impl Iterator<Item = &str> {
    let exists = |effect: &&Effect| effect.field == "exists" && effect.value == Value::Bool(true);
    effects.iter().filter(exists).map(|effect| effect.resource.as_str())
}

fn forget(world: &mut World, Effect { resource, field, .. }: &Effect) {
    world.remove(&(resource.clone(), field.clone()));
}

/// What went wrong half way on a resource may have stopped it.
fn doubt_running(world: &mut World, effects: &[Effect], step: &str) {
    for Effect { resource, .. } in effects {
        let running = world.get_mut(&(resource.clone(), RUNNING.to_owned()));
        if let Some(field) = running.filter(|field| field.value == Value::Bool(true)) {
            field.certainty = Certainty::Maybe;
            step.clone_into(&mut field.step);
        }
    }
}

/// What is left of a step's effects; none where it has none or they are undone.
fn certainty(forward: &Lane, undo: Option<&Lane>, driven: bool) -> Option<Certainty> {
    if undo.is_some_and(Lane::succeeded) || !forward.armed {
        return None;
    }
    if undo.is_some_and(|lane| lane.attempts > 0) {
        return Some(Certainty::Maybe);
    }
    if forward.succeeded() {
        return Some(Certainty::Set);
    }
    Some(match forward.in_flight() {
        Some(AttemptState::Accepted) => Certainty::Changing,
        Some(AttemptState::Started) if driven => Certainty::Changing,
        _ => Certainty::Maybe,
    })
}

/// The words for a value of a field of a resource, by the resource's type where that is known.
/// `{it}` stands for the resource's name and `{value}` for the value.
pub type Words = dyn Fn(Option<&str>, &str, &Value) -> Option<&'static str>;

/// The world as sentences, most urgent first: what is stopped, what is half done, what is set.
pub fn sentences(workflow: &Workflow, run: &Run, driven: bool, words: &Words) -> Vec<String> {
    let plain = |resource: &str, field: &str, value: &Value| {
        let bound = workflow.def().environment.resources.get(resource);
        let told = words(bound.map(|bound| bound.kind.as_str()), field, value);
        told.map_or_else(
            || bare(resource, field, value),
            |told| told.replace("{value}", &text(value)).replace("{it}", resource),
        )
    };
    let mut stopped = Vec::new();
    let mut unsure = Vec::new();
    let mut set = Vec::new();
    for ((resource, field), state) in world(workflow, run, driven) {
        let is_stopped = field == RUNNING && state.value == Value::Bool(false);
        match state.certainty {
            Certainty::Set if is_stopped => stopped.push(resource),
            Certainty::Set => set.push(plain(&resource, &field, &state.value)),
            Certainty::Changing => unsure.push(format!(
                "soon: {} (step `{}` is at work)",
                plain(&resource, &field, &state.value),
                state.step
            )),
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
        said.push(format!("{} {are} STOPPED by this run", stopped.join(", ")));
    }
    said.extend(unsure);
    said.extend(set);
    said.extend(undone(workflow, run));
    said.extend(kept(workflow, run));
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

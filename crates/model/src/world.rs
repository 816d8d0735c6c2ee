//! What a run means in the world, from the effects that its attempts declared: which fields it has
//! set, which it may have set, which it has put back. The words for it stand in `told`.

use crate::event::Effect;
use crate::lane::{AttemptState, Lane, LaneState};
use crate::run::Run;
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
            let went_well = certainty == Certainty::Set;
            if field == RUNNING && value.is_null() && went_well && !is_stopped(&world, resource) {
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
pub(crate) const RUNNING: &str = "running";

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
    if let (LaneState::Failed { failure, in_doubt: false }, Some(attempt)) =
        (&forward.state, forward.attempt.as_deref())
        && failure.transient
        && !attempt.may_have_acted
        && !attempt.armed_before
    {
        // It was turned away before it did anything.
        return None;
    }
    Some(match forward.in_flight() {
        Some(AttemptState::Accepted) => Certainty::Changing,
        Some(AttemptState::Started) if driven => Certainty::Changing,
        _ => Certainty::Maybe,
    })
}

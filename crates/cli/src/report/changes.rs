//! Which fields of the world a run has set, from what to what. What was captured is sealed: it is
//! told by a keyed hash, so that one sees whether two values are the same and can try out none.

use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use windlass_engine::Cipher;
use windlass_engine::seal::open;
use windlass_model::event::Effect;
use windlass_model::run::Run;
use windlass_model::world::{Certainty, world};
use windlass_model::{Event, EventKind, Guarded, Side, StepId, Workflow};

/// Where a value before is known from, and the value.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "known", rename_all = "snake_case")]
pub enum Before {
    /// An earlier step of this run left it so, or the step's outputs tell it.
    Value {
        /// The value.
        value: Value,
    },
    /// It was captured with others, and may hold secrets.
    Captured {
        /// The keyed hash of all that the step captured; absent without the key.
        keyed_hash: Option<String>,
    },
    /// Nothing was captured and nothing tells it.
    Unknown,
}

/// How a change stands at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stands {
    /// As the step set it.
    Set,
    /// A later step set it anew.
    SetAnew,
    /// It was put back.
    PutBack,
    /// The step works on it.
    Changing,
    /// Whether it was set is not certain.
    Unsure,
}

impl Stands {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Set => "stands",
            Self::SetAnew => "set anew later",
            Self::PutBack => "put back",
            Self::Changing => "being set",
            Self::Unsure => "not certain",
        }
    }
}

/// A field that was set.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// The resource.
    pub resource: String,
    /// The field.
    pub field: String,
    /// Its value before.
    pub before: Before,
    /// The value that it was given; null is not known beforehand.
    pub after: Value,
    /// The step.
    pub step: StepId,
    /// What became of it.
    pub stands: Stands,
}

/// All changes of a run, in the order of their intents.
pub fn changes(
    workflow: &Workflow,
    run: &Run,
    events: &[Event],
    cipher: &dyn Cipher,
) -> Vec<Change> {
    let mut found: Vec<Change> = Vec::new();
    let mut left: BTreeMap<(String, String), Value> = BTreeMap::new();
    for event in events {
        let EventKind::AttemptStarted { step, side: Side::Forward, captured, effects, .. } =
            &event.kind
        else {
            continue;
        };
        let output = workflow.find(step).map(|at| &run.steps[at as usize].output);
        let output = output.unwrap_or(&Value::Null);
        for effect in effects {
            let key = (effect.resource.clone(), effect.field.clone());
            // What an earlier step left unknown this one may tell.
            let before = match left.get(&key).filter(|value| !value.is_null()) {
                Some(value) => Before::Value { value: value.clone() },
                None => before(effect, output, captured.as_ref(), run, cipher),
            };
            let after = told(effect, output);
            left.insert(key, after.clone());
            let change = Change {
                resource: effect.resource.clone(),
                field: effect.field.clone(),
                before,
                after,
                step: step.clone(),
                stands: Stands::Unsure,
            };
            let same = |one: &&mut Change| {
                (&one.step, &one.resource, &one.field)
                    == (&change.step, &change.resource, &change.field)
            };
            // A further attempt at the same change: what was before the first counts.
            match found.iter_mut().find(same) {
                Some(one) => one.after = change.after,
                None => found.push(change),
            }
        }
    }
    stand(workflow, run, &mut found);
    found
}

/// The value afterwards; what the action could not know beforehand its output may tell.
fn told(effect: &Effect, output: &Value) -> Value {
    match (&effect.value, output.get(&effect.field)) {
        (Value::Null, Some(value)) if !value.is_object() && !value.is_array() => value.clone(),
        (value, _) => value.clone(),
    }
}

fn before(
    effect: &Effect,
    output: &Value,
    captured: Option<&Guarded>,
    run: &Run,
    cipher: &dyn Cipher,
) -> Before {
    if let Some(value) = output.get(format!("previous_{}", effect.field)) {
        return Before::Value { value: value.clone() };
    }
    match (&effect.value, output.get("changed")) {
        (Value::Bool(now), Some(Value::Bool(changed))) => {
            return Before::Value { value: Value::Bool(*now != *changed) };
        }
        (now, Some(Value::Bool(false))) => return Before::Value { value: now.clone() },
        _ => {}
    }
    let Some(captured) = captured else { return Before::Unknown };
    let clear = open(cipher, run.id, captured).ok();
    Before::Captured { keyed_hash: clear.and_then(|value| cipher.keyed_hash(&value)) }
}

/// What became of each, by what the run means in the world now.
fn stand(workflow: &Workflow, run: &Run, found: &mut [Change]) {
    let now = world(workflow, run, false);
    for at in 0..found.len() {
        let one = &found[at];
        let key = (one.resource.clone(), one.field.clone());
        let anew = found[at + 1..].iter().any(|later| {
            (&later.resource, &later.field) == (&one.resource, &one.field)
                && later.step != one.step
                && !undone(workflow, run, &later.step)
        });
        let stands = match now.get(&key).filter(|field| field.step == one.step.as_str()) {
            _ if undone(workflow, run, &one.step) => Stands::PutBack,
            Some(field) => match field.certainty {
                Certainty::Set => Stands::Set,
                Certainty::Changing => Stands::Changing,
                Certainty::Maybe => Stands::Unsure,
            },
            None if anew => Stands::SetAnew,
            None if done(workflow, run, &one.step) => Stands::Set,
            None => Stands::Unsure,
        };
        found[at].stands = stands;
    }
}

fn undone(workflow: &Workflow, run: &Run, step: &StepId) -> bool {
    let undo = workflow.find(step).and_then(|at| run.steps[at as usize].undo.as_deref());
    undo.is_some_and(windlass_model::lane::Lane::succeeded)
}

fn done(workflow: &Workflow, run: &Run, step: &StepId) -> bool {
    workflow.find(step).is_some_and(|at| run.steps[at as usize].forward.succeeded())
}

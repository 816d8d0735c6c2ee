//! A plan that was kept: what was seen when it was made, and how it differs from what is there now.

use crate::command_error::{CommandError, Outcome};
use crate::render::values::plain;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use windlass_model::sight::Sight;
use windlass_model::{Timestamp, WorkflowDef};

/// The shape that this windlass writes.
const SHAPE: u32 = 1;

/// The key of a plan's JSON under which this stands.
pub const KEY: &str = "kept";

/// What a later start compares.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// The shape.
    shape: u32,
    /// When it was made, by the wall's clock.
    made_at: Timestamp,
    /// The workflow as it would run.
    workflow: Value,
    /// The fields of its resources.
    seen: BTreeMap<String, Map<String, Value>>,
}

impl Kept {
    /// Of a workflow and the world as it is.
    pub fn of(def: &WorkflowDef, sight: &Sight, made_at: Timestamp) -> Self {
        Self { shape: SHAPE, made_at, workflow: comparable(def), seen: sight.fields.clone() }
    }

    /// Reads what `plan --out` wrote.
    pub fn read(path: &Path) -> Outcome<Self> {
        let shown = path.display();
        let failed = |why: String| {
            CommandError::usage(format!("failed to read the plan {shown}: {why}"))
                .hint("`windlass plan FILE --env NAME --out PLAN` writes one")
        };
        let text = fs::read(path).map_err(|error| failed(error.to_string()))?;
        let mut value: Value =
            serde_json::from_slice(&text).map_err(|error| failed(error.to_string()))?;
        let kept: Self = serde_json::from_value(value[KEY].take())
            .map_err(|error| failed(format!("it is no plan of windlass ({error})")))?;
        match kept.shape {
            SHAPE => Ok(kept),
            other => Err(failed(format!("its shape {other} is another windlass's"))),
        }
    }

    /// What is not as it was when the plan was made; sentences.
    pub fn moved(&self, def: &WorkflowDef, sight: &Sight) -> Vec<String> {
        let mut moved = Vec::new();
        differ("", &self.workflow, &comparable(def), &mut moved);
        for (resource, fields) in &self.seen {
            let Some(now) = sight.fields.get(resource) else {
                let why = sight.unseen.get(resource).map_or("it is bound no more", String::as_str);
                moved.push(format!("{resource} could be looked at, and cannot now: {why}"));
                continue;
            };
            let names = fields.keys().chain(now.keys().filter(|name| !fields.contains_key(*name)));
            for name in names {
                let of = |map: &Map<String, Value>| map.get(name).cloned().unwrap_or_default();
                let (was, is) = (of(fields), of(now));
                if was != is {
                    let (was, is) = (plain(&was), plain(&is));
                    moved.push(format!("{resource}.{name} was {was} and is {is}"));
                }
            }
        }
        let new = sight.fields.keys().filter(|name| !self.seen.contains_key(*name));
        moved.extend(new.map(|name| format!("{name} could not be looked at, and can now")));
        moved
    }

    /// Refuses a start of what is no longer as planned.
    pub fn check(&self, def: &WorkflowDef, sight: &Sight, now: Timestamp) -> Outcome<()> {
        let moved = self.moved(def, sight);
        if moved.is_empty() {
            return Ok(());
        }
        let age = crate::render::duration::span(now.since(self.made_at));
        let moved = moved.join("\n  ");
        Err(CommandError::failed(format!(
            "nothing was started: what was planned {age} ago has moved since\n  {moved}"
        ))
        .hint("plan anew, look at what it says, and start with that"))
    }
}

/// The workflow without what differs from start to start.
fn comparable(def: &WorkflowDef) -> Value {
    let def = WorkflowDef { started_by: None, takes_over: None, ..def.clone() };
    // A definition that was just read can be written.
    serde_json::to_value(def).unwrap_or_default()
}

/// Names what differs between two workflows, as deep as a name helps.
fn differ(place: &str, was: &Value, is: &Value, found: &mut Vec<String>) {
    if was == is {
        return;
    }
    let below = |name: &str| match place {
        "" => name.to_owned(),
        place => format!("{place}.{name}"),
    };
    match (was, is) {
        (Value::Object(old), Value::Object(new)) => {
            let names = old.keys().chain(new.keys().filter(|name| !old.contains_key(*name)));
            for name in names {
                let (old, new) = (old.get(name), new.get(name));
                let none = Value::Null;
                differ(&below(name), old.unwrap_or(&none), new.unwrap_or(&none), found);
            }
        }
        (Value::Array(old), Value::Array(new)) if place == "steps" => {
            steps(old, new, found);
        }
        _ if place.starts_with("inputs.") => {
            found.push(format!("the {place} was {} and is {}", plain(was), plain(is)));
        }
        _ => found.push(format!("the file or its environment: `{place}` is another")),
    }
}

fn steps(old: &[Value], new: &[Value], found: &mut Vec<String>) {
    let id = |step: &Value| step["id"].as_str().unwrap_or_default().to_owned();
    let by_id = |steps: &[Value]| -> BTreeMap<String, Value> {
        steps.iter().map(|step| (id(step), step.clone())).collect()
    };
    let (old, new) = (by_id(old), by_id(new));
    for (name, step) in &old {
        match new.get(name) {
            None => found.push(format!("step `{name}` is there no more")),
            Some(other) if other != step => found.push(format!("step `{name}` is another")),
            Some(_) => {}
        }
    }
    let added = new.keys().filter(|name| !old.contains_key(*name));
    found.extend(added.map(|name| format!("step `{name}` is new")));
}

/// Puts it into a plan's JSON.
pub fn within(mut plan: Value, kept: &Kept) -> Value {
    plan[KEY] = json!(kept);
    plan
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moved_is_named() {
        let fields = |running: bool| [("running".to_owned(), json!(running))].into_iter().collect();
        let seen = |running| Sight {
            fields: [("qa4".to_owned(), fields(running))].into(),
            ..Sight::default()
        };
        let def = |n: u32| WorkflowDef {
            inputs: [("n".to_owned(), json!(n))].into_iter().collect(),
            ..WorkflowDef::default()
        };
        let kept = Kept::of(&def(1), &seen(true), Timestamp(0));
        let by = |started_by: &str| WorkflowDef { started_by: Some(started_by.into()), ..def(1) };
        assert_eq!(kept.moved(&by("ann"), &seen(true)), Vec::<String>::new());
        assert_eq!(kept.moved(&def(1), &seen(false)), ["qa4.running was true and is false"]);
        assert_eq!(kept.moved(&def(2), &seen(true)), ["the inputs.n was 1 and is 2"]);
        assert_eq!(kept.moved(&def(1), &Sight::default()).len(), 1);
    }
}

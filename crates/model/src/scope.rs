//! What an expression of a step can name, looked up in a run.

use crate::expr::Scope;
use crate::id::StepId;
use crate::notice::Untold;
use crate::run::Run;
use crate::workflow::{StepIdx, Workflow};
use serde_json::{Value, json};

/// The names that a step's expressions see. Values are cloned leaf by leaf, never a whole history.
pub struct RunScope<'a> {
    /// The workflow.
    pub workflow: &'a Workflow,
    /// The run so far.
    pub run: &'a Run,
    /// The step whose expression it is.
    pub step: StepIdx,
    /// The step's own output, for `verify` and for compensations.
    pub output: Option<&'a Value>,
}

impl Scope for RunScope<'_> {
    fn resolve(&self, path: &[&str]) -> Option<Value> {
        let def = self.workflow.def();
        match path {
            ["inputs", rest @ ..] => walk_map(&def.inputs, rest),
            ["item", rest @ ..] => walk(self.workflow.step(self.step).item.as_ref()?, rest),
            ["env", "secrets", name] => {
                def.environment.secrets.get(*name).map(|_| json!({ "$secret": name }))
            }
            ["env", rest @ ..] => walk_map(&def.environment.values, rest),
            ["resources", name] => def.environment.resources.get(*name).map(|_| Value::from(*name)),
            ["resources", name, rest @ ..] => {
                walk_map(&def.environment.resources.get(*name)?.settings, rest)
            }
            ["steps", id, "outputs", rest @ ..] => self.outputs(id, rest),
            ["outputs", rest @ ..] => walk(self.output?, rest),
            ["run", "id"] => Some(Value::from(self.run.id.to_string())),
            ["run", "date"] => Some(Value::from(self.date())),
            ["run", "workflow"] => Some(Value::from(def.name.clone())),
            ["run", "environment"] => Some(Value::from(def.environment.name.clone())),
            _ => None,
        }
    }
}

/// What the proof of a step sees: all that its step sees, but for outputs that are null. A step
/// that was skipped proves nothing, whatever its output is compared with.
pub struct ProofScope<'a>(pub RunScope<'a>);

impl Scope for ProofScope<'_> {
    fn resolve(&self, path: &[&str]) -> Option<Value> {
        let value = self.0.resolve(path)?;
        match path {
            ["steps", ..] => without_nulls(value),
            _ => Some(value),
        }
    }
}

fn without_nulls(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Object(map) => {
            let kept =
                map.into_iter().filter_map(|(key, value)| Some((key, without_nulls(value)?)));
            Some(Value::Object(kept.collect()))
        }
        other => Some(other),
    }
}

/// What the input of a message sees: all that its step sees, and `notice`.
pub struct NoticeScope<'a> {
    /// What the step sees.
    pub step: RunScope<'a>,
    /// What is told.
    pub untold: &'a Untold,
}

impl Scope for NoticeScope<'_> {
    fn resolve(&self, path: &[&str]) -> Option<Value> {
        let RunScope { workflow, step, .. } = self.step;
        match path {
            ["notice", "on"] => Some(Value::from(self.untold.on.as_str())),
            ["notice", "says"] => Some(Value::from(self.untold.says.as_str())),
            ["notice", "step"] => Some(Value::from(workflow.step(step).id.as_str())),
            path => self.step.resolve(path),
        }
    }
}

impl RunScope<'_> {
    /// Outputs of a step; of a `for_each`, a map from item to outputs. Null for a step that was
    /// skipped.
    fn outputs(&self, id: &str, rest: &[&str]) -> Option<Value> {
        let at = self.workflow.find(&StepId::new(id))?;
        if !self.workflow.is_join(at) {
            let output = &self.run.steps[at as usize].output;
            return if output.is_null() { Some(Value::Null) } else { walk(output, rest) };
        }
        let mut map = serde_json::Map::new();
        let mut needs: Vec<StepIdx> = self.workflow.needs(at).collect();
        needs.sort_unstable();
        for need in needs {
            let step = self.workflow.step(need);
            // only its own elements: a call without outputs waits for steps that are nobody's
            // business
            let own = step.id.as_str().strip_prefix(id).is_some_and(|rest| rest.starts_with('['));
            if let Some(item) = step.item.as_ref().filter(|_| own) {
                map.insert(text_of(item), self.run.steps[need as usize].output.clone());
            }
        }
        walk_map(&map, rest)
    }

    fn date(&self) -> String {
        let zone = self.workflow.def().environment.zone.as_deref().unwrap_or("UTC");
        let at = jiff::Timestamp::from_millisecond(self.run.started_at.0).unwrap_or_default();
        let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
        at.to_zoned(zone).date().to_string()
    }
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn walk(value: &Value, path: &[&str]) -> Option<Value> {
    let mut at = value;
    for key in path {
        at = match at {
            Value::Object(map) => map.get(*key)?,
            Value::Array(list) => list.get(key.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(at.clone())
}

fn walk_map(map: &serde_json::Map<String, Value>, path: &[&str]) -> Option<Value> {
    match path {
        [] => Some(Value::Object(map.clone())),
        [first, rest @ ..] => walk(map.get(*first)?, rest),
    }
}

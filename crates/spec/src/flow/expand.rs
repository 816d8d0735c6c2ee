//! `for_each` into steps: one for each element, and a join that stands for all of them.

use super::checked::{CheckedStep, Repeat};
use super::context::item_text;
use super::steps::ITEMS_MAX;
use serde_json::{Map, Value};
use windlass_model::StepId;
use windlass_model::expr::Scope;
use windlass_model::step::{StepDef, Work};

/// The names that a `for_each` expression sees: `inputs` and `env`.
pub struct StartScope<'a> {
    /// The inputs of the workflow, as far as they are known before a run.
    pub inputs: &'a Map<String, Value>,
    /// The environment's values.
    pub env: &'a Map<String, Value>,
}

impl Scope for StartScope<'_> {
    fn resolve(&self, path: &[&str]) -> Option<Value> {
        match path {
            ["inputs", rest @ ..] => self.inputs.resolve(rest),
            ["env", rest @ ..] => self.env.resolve(rest),
            _ => None,
        }
    }
}

/// A step that cannot be expanded; the sentence names it.
pub type NotExpanded = String;

/// The elements that a step is repeated for; nothing where it is not repeated.
pub fn items_of(
    step: &CheckedStep,
    scope: &StartScope<'_>,
) -> Result<Option<Vec<Value>>, NotExpanded> {
    match &step.for_each {
        None if !step.checklist.is_empty() => {
            Ok(Some(step.checklist.iter().map(|(name, _)| Value::from(name.as_str())).collect()))
        }
        None => Ok(None),
        Some(Repeat::Items(items)) => Ok(Some(items.clone())),
        Some(Repeat::Expr(expr)) => {
            let value =
                expr.evaluate(scope).map_err(|why| format!("step `{}`: {why}", step.def.id))?;
            elements(value, &step.def.id).map(Some)
        }
    }
}

/// Expands one step that calls no workflow: itself, or its elements followed by their join.
pub fn expand(step: &CheckedStep, items: Option<Vec<Value>>) -> Vec<StepDef> {
    let Some(items) = items else { return vec![step.def.clone()] };
    let window = step.max_parallel.map(|at_once| at_once as usize);
    let mut made: Vec<StepDef> = Vec::with_capacity(items.len() + 1);
    for (at, item) in items.into_iter().enumerate() {
        let mut def = step.def.clone();
        def.id = element_id(step.def.id.as_str(), &item);
        def.item = Some(item);
        if let Some((_, question)) = step.checklist.get(at) {
            def.work = Work::Approve { prompt: question.clone(), typed: None };
        }
        // a sliding window: this one starts when the one `window` places before it is finished
        if let Some(before) = window.and_then(|window| at.checked_sub(window)) {
            def.needs.push(made[before].id.clone());
        }
        made.push(def);
    }
    let needs = made.iter().map(|def| def.id.clone()).collect();
    made.push(join_of(&step.def, step.def.id.clone(), needs));
    made
}

/// The step that stands for others once they are finished.
pub fn join_of(def: &StepDef, id: StepId, needs: Vec<StepId>) -> StepDef {
    let mut join = StepDef::new(id.as_str(), Work::Join);
    join.name.clone_from(&def.name);
    join.line = def.line;
    join.needs = needs;
    join
}

/// The name of one element's step.
pub fn element_id(group: &str, item: &Value) -> StepId {
    StepId::new(format!("{group}[{}]", item_text(item)))
}

fn elements(value: Value, id: &StepId) -> Result<Vec<Value>, NotExpanded> {
    let Value::Array(items) = value else {
        return Err(format!("step `{id}`: `for_each` gave no list"));
    };
    if items.is_empty() || items.len() > ITEMS_MAX {
        let n = items.len();
        return Err(format!(
            "step `{id}`: `for_each` gave {n} elements; it takes 1 to {ITEMS_MAX}"
        ));
    }
    if items.iter().any(|item| item.is_array() || item.is_object() || item.is_null()) {
        return Err(format!(
            "step `{id}`: an element of `for_each` is no text, number or truth value"
        ));
    }
    distinct(&items, id)?;
    Ok(items)
}

/// Refuses elements that give two steps one name.
pub fn distinct(items: &[Value], id: &StepId) -> Result<(), NotExpanded> {
    for (at, item) in items.iter().enumerate() {
        if items[..at].iter().any(|other| item_text(other) == item_text(item)) {
            return Err(format!("step `{id}`: `for_each` gave `{}` twice", item_text(item)));
        }
    }
    Ok(())
}

//! `for_each` into steps: one for each element, and a join that stands for all of them.

use super::context::item_text;
use super::steps::{CheckedStep, ITEMS_MAX, Repeat};
use serde_json::{Map, Value};
use windlass_model::StepId;
use windlass_model::expr::Scope;
use windlass_model::step::{StepDef, Work};

/// The names that a `for_each` expression sees: `inputs` and `env`.
pub struct StartScope<'a> {
    /// The inputs of the run.
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

/// Expands one step: itself, or its elements followed by their join.
pub fn expand(step: &CheckedStep, scope: &StartScope<'_>) -> Result<Vec<StepDef>, NotExpanded> {
    let items = match &step.for_each {
        None if !step.checklist.is_empty() => {
            step.checklist.iter().map(|(name, _)| Value::from(name.as_str())).collect()
        }
        None => return Ok(vec![step.def.clone()]),
        Some(Repeat::Items(items)) => items.clone(),
        Some(Repeat::Expr(expr)) => {
            let value =
                expr.evaluate(scope).map_err(|why| format!("step `{}`: {why}", step.def.id))?;
            elements(value, &step.def.id)?
        }
    };
    let window = step.max_parallel.map(|at_once| at_once as usize);
    let mut made: Vec<StepDef> = Vec::with_capacity(items.len() + 1);
    for (at, item) in items.into_iter().enumerate() {
        let mut def = step.def.clone();
        def.id = StepId::new(format!("{}[{}]", step.def.id, item_text(&item)));
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
    let mut join = StepDef::new(step.def.id.as_str(), Work::Join);
    join.name.clone_from(&step.def.name);
    join.line = step.def.line;
    join.needs = made.iter().map(|def| def.id.clone()).collect();
    made.push(join);
    Ok(made)
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
    for (at, item) in items.iter().enumerate() {
        if item.is_array() || item.is_object() || item.is_null() {
            return Err(format!(
                "step `{id}`: an element of `for_each` is no text, number or truth value"
            ));
        }
        if items[..at].iter().any(|other| item_text(other) == item_text(item)) {
            return Err(format!("step `{id}`: `for_each` gave `{}` twice", item_text(item)));
        }
    }
    Ok(items)
}

//! Inputs that are truth values and decide which steps a run has: how a file offers two orders of
//! its steps.

use super::foreseen::{Foreseen, never, nobody};
use super::rounds;
use std::collections::BTreeMap;
use windlass_model::expr::Scope;
use windlass_model::run::Run;
use windlass_model::{StepIdx, Value, Workflow};

/// Steps of one switch that are named; a call that is left out has more than a line can hold.
const NAMED: usize = 6;

/// A sentence for each switch: with which steps the plan is as it stands, and without which.
/// `described` is what the file says of its inputs.
pub fn told(workflow: &Workflow, described: &BTreeMap<String, String>) -> Vec<String> {
    let nobody = nobody(workflow);
    let inputs = workflow.def().inputs.iter();
    let switches = inputs.filter_map(|(name, value)| Some((name.as_str(), value.as_bool()?)));
    let said = switches.filter_map(|(name, is)| {
        let (with, without) = decided(workflow, &nobody, name, is);
        let parts = [("with", with), ("without", without)];
        let parts = parts.iter().filter(|(_, steps)| !steps.is_empty());
        let parts: Vec<String> =
            parts.map(|(word, steps)| format!("{word} {}", named(steps))).collect();
        let about = described.get(name);
        let about = about.map(|about| format!(" ({})", about.trim())).unwrap_or_default();
        (!parts.is_empty()).then(|| format!("{name}={is}: {}{about}", parts.join(", ")))
    });
    said.collect()
}

fn named(steps: &[&str]) -> String {
    let names = steps[..steps.len().min(NAMED)].join(", ");
    match steps.len().checked_sub(NAMED) {
        None | Some(0) => names,
        Some(more) => format!("{names} and {more} more"),
    }
}

/// The steps that the switch lets run as it is, and those that it keeps out.
fn decided<'a>(
    workflow: &'a Workflow,
    nobody: &Run,
    name: &str,
    is: bool,
) -> (Vec<&'a str>, Vec<&'a str>) {
    let (mut with, mut without) = (Vec::new(), Vec::new());
    let later = rounds::later(workflow);
    let shown = (0..workflow.len() as StepIdx).filter(|at| !workflow.is_join(*at));
    for at in shown.filter(|at| !later.contains(at)) {
        let step = workflow.step(at);
        let Some(condition) = &step.condition else { continue };
        let scope = Foreseen { workflow, nobody, step: at };
        let out = [is, !is].map(|value| never(condition, &Switched { scope: &scope, name, value }));
        let id = step.id.as_str();
        match out {
            [false, true] => with.push(id),
            [true, false] => without.push(id),
            _ => {}
        }
    }
    (with, without)
}

/// What a step's expressions see where one input has a value.
struct Switched<'a> {
    scope: &'a Foreseen<'a>,
    name: &'a str,
    value: bool,
}

impl Scope for Switched<'_> {
    fn resolve(&self, path: &[&str]) -> Option<Value> {
        match path {
            ["inputs", name] if *name == self.name => Some(Value::Bool(self.value)),
            path => self.scope.resolve(path),
        }
    }
}

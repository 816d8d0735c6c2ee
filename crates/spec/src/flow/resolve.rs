//! A checked workflow with its inputs: what is stored with a run.

use super::checked::CheckedWorkflow;
use super::flatten::{Flat, STEPS_MAX};
use super::inputs::DeclaredInput;
use crate::diagnostic::{Diagnostic, Severity};
use crate::keys::InputType;
use crate::nearest::did_you_mean;
use serde_json::{Map, Value};
use windlass_model::workflow::{WORKFLOW_FORMAT, Workflow, WorkflowDef};

impl CheckedWorkflow {
    /// Reads inputs as the command line gives them: `name=value`, typed by their declarations.
    pub fn read_inputs(
        &self,
        pairs: &[(String, String)],
    ) -> Result<Map<String, Value>, Vec<Diagnostic>> {
        let mut values = Map::new();
        let mut wrong = Vec::new();
        for (name, text) in pairs {
            match self.inputs.iter().find(|input| input.name == *name) {
                None => wrong.push(self.unknown_input(name)),
                Some(input) => match input.read(text) {
                    Ok(value) => {
                        values.insert(name.clone(), value);
                    }
                    Err(why) => wrong.push(bad_input(&why)),
                },
            }
        }
        if wrong.is_empty() { Ok(values) } else { Err(wrong) }
    }

    fn unknown_input(&self, name: &str) -> Diagnostic {
        let known: Vec<&str> = self.inputs.iter().map(|input| input.name.as_str()).collect();
        let message = format!("the workflow `{}` has no input `{name}`", self.name);
        let mut found = Diagnostic::unplaced(Severity::Error, "unknown_input", message);
        found.help(match known.is_empty() {
            true => format!("it declares no inputs; leave `{name}` out"),
            false => did_you_mean(name, known),
        });
        found
    }

    /// Defaults filled in and everything checked; all that is wrong at once.
    fn complete(&self, given: &Map<String, Value>) -> Result<Map<String, Value>, Vec<Diagnostic>> {
        let mut wrong: Vec<Diagnostic> = given
            .keys()
            .filter(|name| !self.inputs.iter().any(|input| input.name == **name))
            .map(|name| self.unknown_input(name))
            .collect();
        let mut values = Map::new();
        for input in &self.inputs {
            match given.get(&input.name).or(input.default.as_ref()) {
                Some(value) => match input.fits(value) {
                    Ok(()) => {
                        values.insert(input.name.clone(), value.clone());
                    }
                    Err(why) => wrong.push(bad_input(&why)),
                },
                None => {
                    let what = input.description.as_deref().unwrap_or("no description");
                    let message = format!("the input `{}` is missing ({what})", input.name);
                    let mut found = Diagnostic::unplaced(Severity::Error, "missing_input", message);
                    found.help(format!("give it with `--input {}=…`", input.name));
                    wrong.push(found);
                }
            }
        }
        if wrong.is_empty() { Ok(values) } else { Err(wrong) }
    }
}

fn bad_input(why: &str) -> Diagnostic {
    let mut found = Diagnostic::unplaced(Severity::Error, "bad_input", why);
    found.help("give it with `--input NAME=VALUE`, or mend the defaults");
    found
}

/// Resolves a workflow for a run with these inputs.
pub fn resolve(
    checked: &CheckedWorkflow,
    given: &Map<String, Value>,
) -> Result<WorkflowDef, Vec<Diagnostic>> {
    resolved(checked, checked.complete(given)?, false)
}

/// Resolves a workflow for whatever inputs a run may be given: each is what `unknown` makes of its
/// name. A list is its default: what steps there are hangs on it.
pub fn resolve_open(
    checked: &CheckedWorkflow,
    unknown: &dyn Fn(&str) -> Value,
) -> Result<WorkflowDef, Vec<Diagnostic>> {
    let value = |input: &DeclaredInput| match (&input.ty, &input.default) {
        (InputType::List, Some(default)) => default.clone(),
        _ => unknown(&input.name),
    };
    let inputs = checked.inputs.iter().map(|input| (input.name.clone(), value(input)));
    resolved(checked, inputs.collect(), true)
}

fn resolved(
    checked: &CheckedWorkflow,
    inputs: Map<String, Value>,
    open: bool,
) -> Result<WorkflowDef, Vec<Diagnostic>> {
    if !checked.bound && !checked.resources.is_empty() {
        let message = format!(
            "the workflow `{}` touches resources, and no environment binds them",
            checked.name
        );
        let mut found = Diagnostic::unplaced(Severity::Error, "no_environment", message);
        found.help("name one with `--env NAME|PATH`");
        return Err(vec![found]);
    }
    let environment = checked.environment.environment.clone();
    let mut flat = Flat {
        inputs: &inputs,
        environment: &environment,
        resources: &checked.resources,
        steps: Vec::new(),
        invariants: Vec::new(),
        open,
        wrong: Vec::new(),
    };
    flat.add(checked);
    let Flat { steps, invariants, wrong, .. } = flat;
    let unplaced = |code, why: String| Diagnostic::unplaced(Severity::Error, code, why);
    let mut wrong: Vec<Diagnostic> = wrong.into_iter().map(|why| unplaced("expand", why)).collect();
    if steps.len() > STEPS_MAX {
        let message = format!("the run would have more than {STEPS_MAX} steps");
        wrong.push(unplaced("too_many", message));
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let def = WorkflowDef {
        format: WORKFLOW_FORMAT,
        name: checked.name.clone(),
        description: checked.description.clone(),
        lock: checked.lock.as_ref().map(|lock| format!("{}/{lock}", environment.name)),
        roles: checked.roles.clone(),
        started_by: None,
        takes_over: None,
        folder: checked.folder.clone(),
        on_failure: checked.on_failure,
        max_parallel: checked.max_parallel,
        inputs,
        resources: checked.resources.keys().cloned().collect(),
        invariants: checked.invariants.iter().cloned().chain(invariants).collect(),
        given: checked.given.clone(),
        environment,
        steps,
    };
    match Workflow::new(def.clone()) {
        Ok(_) => Ok(def),
        Err(why) => {
            Err(vec![Diagnostic::unplaced(Severity::Error, "invalid_workflow", why.to_string())])
        }
    }
}

//! Where a rollback does not lead back any more: which workflow does, which one leads on where the
//! run itself does not, and what each is to be told.

use crate::expr::functions::scalar_text;
use crate::rollback::point_of_no_return;
use crate::run::Run;
use crate::scope::RunScope;
use crate::step::{Compensate, WayOut};
use crate::workflow::{StepIdx, Workflow};
use serde_json::Value;

/// A workflow that leads out of where a run stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeadsOut<'a> {
    /// Its file, from the root of the file system.
    pub workflow: &'a str,
    /// Its inputs as the command line takes them; nothing for one that the run does not know.
    pub inputs: Vec<(&'a str, Option<String>)>,
}

/// The last point of no return that a run has begun and nobody has undone: no rollback goes past
/// it.
pub fn barrier(workflow: &Workflow, run: &Run) -> Option<StepIdx> {
    let bars = |at: &StepIdx| {
        let here = &run.steps[*at as usize];
        let undone = here.undo.as_deref().is_some_and(|undo| undo.finished());
        here.forward.armed && !undone && point_of_no_return(workflow.step(*at))
    };
    workflow.order().iter().rev().copied().find(bars)
}

/// The workflow that leads back from the last point of no return that a run has begun. Nothing
/// where it has begun none, or where that one names no other way.
pub fn leads_back<'a>(workflow: &'a Workflow, run: &Run) -> Option<LeadsOut<'a>> {
    let at = barrier(workflow, run)?;
    match &workflow.step(at).compensate {
        Compensate::None { way_back: Some(way), .. } => Some(leads_out(workflow, run, at, way)),
        _ => None,
    }
}

/// The workflow that leads on from there, whatever has become of the run.
pub fn leads_on<'a>(workflow: &'a Workflow, run: &Run) -> Option<LeadsOut<'a>> {
    let at = barrier(workflow, run)?;
    match &workflow.step(at).compensate {
        Compensate::None { way_on: Some(way), .. } => Some(leads_out(workflow, run, at, way)),
        _ => None,
    }
}

/// What a way out of a step is to be told.
fn leads_out<'a>(workflow: &'a Workflow, run: &Run, at: StepIdx, way: &'a WayOut) -> LeadsOut<'a> {
    let output = Some(&run.steps[at as usize].output);
    let scope = RunScope { workflow, run, step: at, output };
    let inputs = way.inputs.iter().map(|(name, value)| {
        let value = value.render(&scope).ok().and_then(|value| as_typed(&value));
        (name.as_str(), value)
    });
    LeadsOut { workflow: &way.workflow, inputs: inputs.collect() }
}

/// A value as the command line takes it; nothing for none, and for a secret.
fn as_typed(value: &Value) -> Option<String> {
    match value {
        Value::Array(list) => {
            list.iter().map(scalar_text).collect::<Option<Vec<_>>>().map(|all| all.join(","))
        }
        Value::Object(_) | Value::Null => None,
        value => scalar_text(value),
    }
}

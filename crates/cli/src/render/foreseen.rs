//! What can be said of a run before anything happens.

use windlass_model::expr::{Expr, Scope};
use windlass_model::run::Run;
use windlass_model::scope::RunScope;
use windlass_model::{RunId, StepId, StepIdx, Value, Workflow};

/// A run of which nothing has happened.
pub fn nobody(workflow: &Workflow) -> Run {
    Run::new(RunId(uuid::Uuid::nil()), workflow)
}

/// What a step's expressions can name before anything happens: all but what other steps will give,
/// which a preview shows as the expression itself. What some of them give may be known already.
pub struct Foreseen<'a> {
    /// The workflow.
    pub workflow: &'a Workflow,
    /// A run of which nothing has happened; an output in it is known beforehand.
    pub nobody: &'a Run,
    /// The step.
    pub step: StepIdx,
}

impl Scope for Foreseen<'_> {
    fn resolve(&self, path: &[&str]) -> Option<Value> {
        let Self { workflow, nobody: run, step } = *self;
        let known = |id: &str| {
            let at = workflow.find(&StepId::from(id));
            at.is_some_and(|at| !run.steps[at as usize].output.is_null())
        };
        match path {
            ["run", ..] => None,
            ["steps", id, ..] if !known(id) => None,
            path => RunScope { workflow, run, step, output: None }.resolve(path),
        }
    }
}

/// Whether a condition fails whatever the run finds out.
pub fn never(condition: &Expr, scope: &dyn Scope) -> bool {
    condition.holds(scope).is_ok_and(|holds| !holds)
}

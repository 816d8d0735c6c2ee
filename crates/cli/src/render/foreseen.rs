//! What can be said of a run before anything happens.

use windlass_model::expr::{Expr, Scope};
use windlass_model::run::Run;
use windlass_model::scope::RunScope;
use windlass_model::{RunId, StepIdx, Value, Workflow};

/// A run of which nothing has happened.
pub fn nobody(workflow: &Workflow) -> Run {
    Run::new(RunId(uuid::Uuid::nil()), workflow)
}

/// What a step's expressions can name before anything happens: all but what other steps will give,
/// which a preview shows as the expression itself.
pub struct Foreseen<'a> {
    /// The workflow.
    pub workflow: &'a Workflow,
    /// A run of which nothing has happened.
    pub nobody: &'a Run,
    /// The step.
    pub step: StepIdx,
}

impl Scope for Foreseen<'_> {
    fn resolve(&self, path: &[&str]) -> Option<Value> {
        let Self { workflow, nobody: run, step } = *self;
        match path {
            ["steps" | "run", ..] => None,
            path => RunScope { workflow, run, step, output: None }.resolve(path),
        }
    }
}

/// Whether a condition fails whatever the run finds out.
pub fn never(condition: &Expr, scope: &dyn Scope) -> bool {
    condition.holds(scope).is_ok_and(|holds| !holds)
}

//! Workflows for these tests, made of steps in a row.

use serde_json::json;
use windlass_model::expr::Template;
use windlass_model::workflow::{OnFailure, WORKFLOW_FORMAT};
use windlass_model::{StepDef, StepId, Work, WorkflowDef};
use windlass_testkit::world::kinds::find;

/// A step of the scripted world on a thing of its own name, or on `target`.
pub fn act(id: &str, uses: &str, target: &str) -> StepDef {
    let traits = find(uses).unwrap().traits;
    let with = json!({ "target": target, "value": 77, "ms": 30_000 });
    let uses = uses.to_owned();
    StepDef::new(id, Work::Action { uses, with: Template::Literal(with), traits })
}

/// A step that asks for a yes.
pub fn ask(id: &str) -> StepDef {
    let prompt = Template::Literal(json!("go on?"));
    StepDef::new(id, Work::Approve { prompt, typed: None })
}

/// A step that waits an hour.
pub fn hour(id: &str) -> StepDef {
    StepDef::new(id, Work::WaitFor { span: Template::Literal(json!("1h")) })
}

/// A step that fails.
pub fn broken(id: &str) -> StepDef {
    let that = windlass_testkit::generator::expressions::truth(false);
    StepDef::new(id, Work::Assert { that, message: None })
}

/// Steps in a row.
pub fn row(steps: Vec<StepDef>) -> WorkflowDef {
    let mut before: Option<StepId> = None;
    let steps = steps.into_iter().map(|mut step| {
        step.needs = before.replace(step.id.clone()).into_iter().collect();
        step
    });
    WorkflowDef {
        format: WORKFLOW_FORMAT,
        name: "row".to_owned(),
        max_parallel: 4,
        steps: steps.collect(),
        ..WorkflowDef::default()
    }
}

/// The same under a lock.
pub fn locked(steps: Vec<StepDef>) -> WorkflowDef {
    WorkflowDef { lock: Some("qa4".to_owned()), ..row(steps) }
}

/// The same, rolled back when a step fails.
pub fn careful(steps: Vec<StepDef>) -> WorkflowDef {
    WorkflowDef { on_failure: OnFailure::Rollback, ..row(steps) }
}

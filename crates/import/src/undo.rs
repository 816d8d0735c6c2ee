//! Steps that nothing undoes: a workflow must say why that is right.

use crate::draft::{Step, Value};

/// Actions without a way back of their own, and why none is needed; or what would be one.
const REASONS: [(&str, &str); 3] = [
    ("azure.app_service.restart", "a restart leaves nothing to put back"),
    ("azure.app_service.deploy_zip", "no package is kept to go back to"),
    ("shell", "what it came from says nothing of a way back"),
];

/// The step, with the reason where its action has no way back.
pub fn with_reason(mut step: Step) -> Step {
    let reason = match step.get("uses") {
        Some(Value::Raw(uses)) => REASONS.iter().find(|(kind, _)| kind == uses),
        _ => None,
    };
    if let Some((_, reason)) = reason.filter(|_| step.get("compensate").is_none()) {
        let none = [("uses", Value::raw("none")), ("reason", Value::plain(*reason))];
        step = step.with("compensate", Value::map(none));
        if step.get("uses") == Some(&Value::raw("azure.app_service.deploy_zip")) {
            step = step.guessed("nothing undoes it; deploying the package before it would");
        }
    }
    step
}

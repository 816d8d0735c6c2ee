//! What an observation means, and what a success does: the shared end of calls and looks.

use super::failure::attempt_failed;
use crate::event::{EventKind, Failure, KEPT, Side, VERIFY_FAILED};
use crate::expr::{Expr, Path, Scope, roots};
use crate::run::{LaneId, Run};
use crate::scope::RunScope;
use crate::time::Timestamp;
use crate::workflow::Workflow;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What an expression calls the outputs of its own step.
const OUTPUTS: &str = "outputs";

/// What an observation means.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settled {
    /// Events to be written.
    pub events: Vec<EventKind>,
    /// When the lane is to be looked at again; nothing durable.
    pub again_at: Option<Timestamp>,
    /// The look itself failed: counts towards asking a human.
    pub looked_in_vain: bool,
}

impl Settled {
    pub(super) fn events(events: Vec<EventKind>) -> Self {
        Self { events, ..Self::default() }
    }
}

/// What an expression's outputs are, in words; those that are no single value are left out.
fn there(expr: &Expr, scope: &RunScope<'_>) -> String {
    let outputs: BTreeSet<Path> = roots(expr).into_iter().filter(|it| it[0] == OUTPUTS).collect();
    let told = outputs.iter().filter_map(|path| {
        let parts: Vec<&str> = path.iter().map(String::as_str).collect();
        let value = scope.resolve(&parts).filter(|it| !it.is_array() && !it.is_object())?;
        Some(format!("`{}` is {value}", path.join(".")))
    });
    match told.collect::<Vec<_>>().join(", ") {
        there if there.is_empty() => there,
        there => format!(": {there}"),
    }
}

/// Done, unless the file's own `verify` says that it is not.
pub(super) fn succeeded(
    workflow: &Workflow,
    run: &Run,
    id: LaneId,
    output: Value,
    now: Timestamp,
) -> Settled {
    let step = workflow.step(id.0);
    // A compensation has no outputs that a step could name; what it left alone is for humans.
    let output = match (id.1, output.get(KEPT)) {
        (Side::Forward, _) => output,
        (Side::Undo, None) => Value::Null,
        (Side::Undo, Some(kept)) => json!({ KEPT: kept }),
    };
    if let (Side::Forward, false, Some(verify)) = (id.1, run.going_back(), &step.verify) {
        let scope = RunScope { workflow, run, step: id.0, output: Some(&output) };
        let said = match verify.holds(&scope) {
            Ok(true) => None,
            Ok(false) => {
                let there = there(verify, &scope);
                Some(format!("it ended, but `{}` does not hold{there}", verify.source))
            }
            Err(error) => Some(error.to_string()),
        };
        if let Some(message) = said {
            let failure = Failure::permanent(VERIFY_FAILED, message);
            return Settled::events(attempt_failed(workflow, run, id, failure, now));
        }
    }
    let (step, side) = (step.id.clone(), id.1);
    Settled::events(vec![EventKind::AttemptSucceeded { step, side, output }])
}

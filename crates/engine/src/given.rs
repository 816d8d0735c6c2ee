//! What a workflow takes as given, compared with the world as its resources show it. It changes
//! nothing, neither in the world nor in the history.

use crate::look::quiet;
use crate::outfit::Outfit;
use std::sync::Arc;
use windlass_model::sight::{Comparison, Sight, compare, resources};
use windlass_model::{RunId, StepId, WorkflowDef};

/// The name under which resources are asked: no step has begun.
const NO_STEP: &str = "given";

/// Looks at the resources that the given world is about, and compares.
pub(crate) async fn compared(outfit: &Outfit, run: RunId, def: &WorkflowDef) -> Comparison {
    let bindings = Arc::new(def.environment.resources.clone());
    let ctx = quiet(outfit, run, StepId::new(NO_STEP), &bindings);
    let mut sight = Sight::default();
    for name in resources(def) {
        let Some(binding) = bindings.get(&name) else {
            sight.unseen.insert(name, "the environment binds it to nothing".to_owned());
            continue;
        };
        let Some(resource) = outfit.registry.resource(&binding.kind) else {
            let why = format!("nothing here looks at a {}", binding.kind);
            sight.unseen.insert(name, why);
            continue;
        };
        match resource.observe(&ctx, binding).await {
            Ok(fields) => drop(sight.fields.insert(name, fields)),
            Err(error) => drop(sight.unseen.insert(name, error.to_string())),
        }
    }
    compare(def, &sight)
}

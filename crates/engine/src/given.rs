//! Looking at resources: what a workflow takes as given, and what a run says of the world, compared
//! with the world as its resources show it. It changes nothing, neither in the world nor in the
//! history.

use crate::look::quiet;
use crate::outfit::Outfit;
use crate::reader::Loaded;
use std::collections::BTreeSet;
use std::sync::Arc;
use windlass_model::sight::{Comparison, Sight, compare, resources};
use windlass_model::world::{Certainty, world};
use windlass_model::{RunId, StepId, Value, WorkflowDef};

/// The name under which resources are asked: no step has begun.
const NO_STEP: &str = "given";

/// Looks at the resources that the given world is about, and compares.
pub(crate) async fn compared(outfit: &Outfit, run: RunId, def: &WorkflowDef) -> Comparison {
    compare(def, &look_at(outfit, run, def, resources(def)).await)
}

/// What a run says of the world as certain, and is not so: sentences, each with the step that says
/// it. What cannot be seen is not contradicted.
pub(crate) async fn mistold(outfit: &Outfit, loaded: &Loaded) -> Vec<(StepId, String)> {
    let Loaded { workflow, run, .. } = loaded;
    let told = world(workflow, run, false);
    let bound = &workflow.def().environment.resources;
    let certain = told.iter().filter(|((resource, _), field)| {
        field.certainty == Certainty::Set && !field.value.is_null() && bound.contains_key(resource)
    });
    let certain: Vec<_> = certain.collect();
    let names: BTreeSet<String> = certain.iter().map(|((name, _), _)| name.clone()).collect();
    let sight = look_at(outfit, run.id, workflow.def(), names).await;
    let seen = |resource: &str, field: &str| sight.fields.get(resource)?.get(field);
    let differs = certain.into_iter().filter_map(|((resource, field), told)| {
        let seen = seen(resource, field).filter(|seen| !seen.is_null())?;
        (!same(seen, &told.value)).then(|| {
            let (step, told) = (&told.step, &told.value);
            let said = format!("{resource}.{field} is {seen}, and the run says {told}");
            (StepId::new(step), format!("{said} (step `{step}`)"))
        })
    });
    differs.collect()
}

fn same(one: &Value, other: &Value) -> bool {
    one == other || one.as_f64().is_some_and(|number| Some(number) == other.as_f64())
}

/// Looks at resources by their names in an environment.
pub async fn look_at(
    outfit: &Outfit,
    run: RunId,
    def: &WorkflowDef,
    names: impl IntoIterator<Item = String>,
) -> Sight {
    let bindings = Arc::new(def.environment.resources.clone());
    let ctx = quiet(outfit, run, StepId::new(NO_STEP), &bindings);
    let mut sight = Sight::default();
    for name in names {
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
    sight
}

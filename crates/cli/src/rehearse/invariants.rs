//! Whether the invariants held at every change of the simulated world. The ledger tells with each
//! line how the apps that it is about stand.

use serde_json::{Map, Value};
use std::collections::BTreeMap;
use windlass_azure_sim::LedgerEntry;
use windlass_model::expr::{Scope, pick};
use windlass_model::workflow::Invariant;
use windlass_model::{Environment, Workflow};

/// The kind of resource whose fields a ledger tells.
const APP: &str = "azure.app_service";

/// Fields of resources by name, as far as the ledger has told them.
type Told = BTreeMap<String, Value>;

/// A sentence for each invariant that was broken, with the change that broke it.
pub fn broken(workflow: &Workflow, ledger: &[LedgerEntry]) -> Vec<String> {
    let def = workflow.def();
    let mut told = Told::new();
    let mut found = Vec::new();
    for LedgerEntry { seq, change } in ledger {
        let apps = change.detail.get("apps").and_then(Value::as_array);
        for app in apps.into_iter().flatten() {
            tell(&mut told, &def.environment, app);
        }
        tell(&mut told, &def.environment, &Value::Object(change.detail.clone()));
        for invariant in def.invariants.iter().filter(|one| is_broken(one, &told)) {
            let said = format!("`{}` broke at change {seq}, {}", invariant.id, change.target);
            found.push(said);
        }
    }
    found
}

/// Notes what a line tells about an app.
fn tell(told: &mut Told, environment: &Environment, detail: &Value) {
    let Some(app) = detail["app"].as_str() else { return };
    for (name, binding) in environment.resources.iter().filter(|(_, b)| b.kind == APP) {
        let text = |key: &str| binding.settings.get(key).and_then(Value::as_str);
        let Some(site) = text("site") else { continue };
        let address = text("slot").map_or_else(|| site.to_owned(), |slot| format!("{site}/{slot}"));
        if address == app {
            told.insert(name.clone(), detail.clone());
        }
    }
}

/// What was not told is not known, and breaks nothing here.
fn is_broken(invariant: &Invariant, told: &Told) -> bool {
    let nobody = Value::Null;
    let items: Vec<&Value> = match invariant.for_each.is_empty() {
        true => vec![&nobody],
        false => invariant.for_each.iter().filter_map(|name| told.get(name)).collect(),
    };
    items.into_iter().any(|item| {
        let holds = invariant.expr.holds(&Fields { item, told });
        holds.is_ok_and(|holds| holds == invariant.never)
    })
}

struct Fields<'a> {
    item: &'a Value,
    told: &'a Told,
}

impl Scope for Fields<'_> {
    fn resolve(&self, path: &[&str]) -> Option<Value> {
        match path {
            ["item", rest @ ..] => pick(self.item, rest),
            ["resources", name, rest @ ..] => pick(self.told.get(*name)?, rest),
            _ => Map::new().resolve(path),
        }
    }
}

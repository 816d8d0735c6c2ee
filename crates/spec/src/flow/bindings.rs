//! A workflow's resources, inputs and actions against the environment that it is checked with.

use super::environment::LoadedEnvironment;
use super::inputs::DeclaredInput;
use super::lenient::check_name;
use crate::diagnostic::Findings;
use crate::nearest::did_you_mean;
use crate::yaml::Yaml;
use std::collections::BTreeMap;
use windlass_model::Catalog;

/// The environment's defaults go before the workflow's, where the workflow declares such an input.
pub fn apply_defaults(
    inputs: &mut [DeclaredInput],
    environment: &LoadedEnvironment,
    bound: bool,
    findings: &mut Findings,
) {
    if !bound {
        return;
    }
    for input in inputs {
        let Some(default) = environment.inputs.get(&input.name) else { continue };
        if let Err(why) = input.fits(default) {
            // Its place is in the other file.
            let mut there = Findings::new(environment.source.clone().unwrap_or_default());
            let tree = environment.tree.as_ref();
            let place =
                tree.and_then(|tree| tree.get("inputs")).map(|all| all.span_of(&input.name));
            let message = format!("this default does not fit the workflow's input: {why}");
            there
                .error("input_default", place.unwrap_or_default(), message)
                .help("mend the value, or give another one with `--input`");
            findings.list.extend(there.finish());
        }
        input.default = Some(default.clone());
    }
}

/// The resources that a workflow declares, with their types; where an environment is bound, each
/// must have a binding of its type there.
pub fn resources(
    tree: &Yaml,
    environment: &LoadedEnvironment,
    bound: bool,
    catalog: &Catalog,
    findings: &mut Findings,
) -> BTreeMap<String, String> {
    let mut resources = BTreeMap::new();
    let known: Vec<&str> = catalog.resources.keys().map(String::as_str).collect();
    let bindings = &environment.environment.resources;
    for entry in tree.get("resources").map(Yaml::entries).unwrap_or_default() {
        check_name(&entry.key, entry.key_span, "a resource", findings);
        let Some(kind) = entry.value.text() else { continue };
        resources.insert(entry.key.clone(), kind.to_owned());
        if !catalog.resources.contains_key(kind) {
            let message = format!("there is no resource type `{kind}`");
            findings
                .error("unknown_kind", entry.value.span, message)
                .help(did_you_mean(kind, known.iter().copied()));
            continue;
        }
        if !bound || environment.unsure.resource(&entry.key) {
            continue;
        }
        let name = &environment.environment.name;
        match bindings.get(&entry.key) {
            None => {
                let message = format!("the environment `{name}` binds no resource `{}`", entry.key);
                let names: Vec<&str> = bindings.keys().map(String::as_str).collect();
                let found = findings.error("missing_binding", entry.key_span, message);
                if let Some(near) = crate::nearest::nearest(&entry.key, names) {
                    found.help(format!("it binds `{near}`: is that the one?"));
                }
                found.help(format!(
                    "add to it: `resources: {{ {}: {{ kind: {kind}, … }} }}`",
                    entry.key
                ));
            }
            Some(binding) if binding.kind != kind => {
                let message =
                    format!("the environment `{name}` binds `{}` as `{}`", entry.key, binding.kind);
                findings
                    .error("wrong_binding", entry.value.span, message)
                    .help("make both say the same type");
            }
            Some(_) => {}
        }
    }
    resources
}

/// The actions that a step names: its own, and those that tell people of it.
fn all_uses(step: &Yaml) -> Vec<&Yaml> {
    let told = step.get("notify");
    let several = told.map(Yaml::elements).unwrap_or_default();
    let all = [step].into_iter().chain(told).chain(several);
    all.filter_map(|one| one.get("uses")).collect()
}

/// Sections of the environment that actions need: `azure.sql.…` needs `azure:`.
pub fn missing_sections(
    steps: &[&Yaml],
    environment: &LoadedEnvironment,
    bound: bool,
    catalog: &Catalog,
    findings: &mut Findings,
) {
    let Some(tree) = environment.tree.as_ref().filter(|_| bound) else { return };
    let mut said = Vec::new();
    for uses in steps.iter().flat_map(|step| all_uses(step)) {
        let kind = uses.text().unwrap_or_default();
        let family = kind.split('.').next().unwrap_or_default();
        let needed = catalog.actions.contains_key(kind) && catalog.providers.contains_key(family);
        let said_there = environment.unsure.key(family);
        if needed && !said_there && tree.get(family).is_none() && !said.contains(&family) {
            said.push(family);
            let name = &environment.environment.name;
            let message =
                format!("the environment `{name}` has no section `{family}`, which `{kind}` needs");
            let required = catalog.providers.get(family).and_then(|p| p.settings.get("required"));
            let keys = required.and_then(serde_json::Value::as_array).into_iter().flatten();
            let keys: Vec<&str> = keys.filter_map(serde_json::Value::as_str).collect();
            findings
                .error("missing_section", uses.span, message)
                .help(format!("add `{family}:` to it, with {}", keys.join(", ")));
        }
    }
}

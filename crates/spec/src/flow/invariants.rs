//! Invariants: expressions over fields of the world, of a workflow and of an environment.

use super::compile::condition;
use super::lenient::check_name;
use super::world::{names_of, over};
use crate::cel::Names;
use crate::diagnostic::Findings;
use crate::yaml::Yaml;
use std::collections::BTreeMap;
use windlass_model::Catalog;
use windlass_model::workflow::Invariant;

/// Why an invariant names no steps.
const NO_STEPS: &str = "an invariant speaks about the world, not about steps";

/// Reads the `invariants` of a file. `resources` are names and types that they may speak about.
pub fn invariants(
    file: &Yaml,
    resources: &BTreeMap<String, String>,
    names: &Names,
    catalog: &Catalog,
    findings: &mut Findings,
) -> Vec<Invariant> {
    let Some(list) = file.get("invariants") else { return Vec::new() };
    let mut made: Vec<Invariant> = Vec::new();
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for yaml in list.elements() {
        let id = yaml.get("id").and_then(Yaml::text).unwrap_or_default().to_owned();
        if yaml.get("id").is_some() {
            check_name(&id, yaml.span_of("id"), "an invariant", findings);
        }
        let line = findings.source.place(yaml.span_of("id").start).line;
        if let Some(first) = seen.get(&id) {
            let message = format!("two invariants are called `{id}`");
            findings
                .error("duplicate_name", yaml.span_of("id"), message)
                .help(format!("the other one stands on line {first}"));
        } else if !id.is_empty() {
            seen.insert(id.clone(), line);
        }
        let for_each = over(yaml, resources, findings);
        let names = names_of(&for_each, resources, names, catalog).without("steps", NO_STEPS);
        let (key, never) = match (yaml.get("never"), yaml.get("always")) {
            (Some(_), None) => ("never", true),
            (None, Some(_)) => ("always", false),
            _ => {
                let message = "an invariant needs `never` or `always`, one of the two";
                findings.error("invariant", yaml.span, message);
                continue;
            }
        };
        let Some(text) = yaml.get(key) else { continue };
        if let Some(expr) = condition(text, &names, findings, &format!("`{key}`")) {
            made.push(Invariant { id, for_each, expr, never });
        }
    }
    made
}

//! Invariants: expressions over fields of the world, of a workflow and of an environment.

use super::compile::condition;
use super::lenient::check_name;
use crate::cel::{Names, Ty};
use crate::diagnostic::Findings;
use crate::nearest::did_you_mean;
use crate::yaml::Yaml;
use std::collections::BTreeMap;
use windlass_model::Catalog;
use windlass_model::workflow::Invariant;

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
        let names = names_of(&for_each, resources, names, catalog);
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

fn over(yaml: &Yaml, resources: &BTreeMap<String, String>, findings: &mut Findings) -> Vec<String> {
    let Some(list) = yaml.get("for_each") else { return Vec::new() };
    let single = std::slice::from_ref(list);
    let elements = if list.text().is_some() { single } else { list.elements() };
    let mut names = Vec::new();
    for element in elements {
        let Some(name) = element.text() else { continue };
        if !resources.contains_key(name) {
            let known: Vec<&str> = resources.keys().map(String::as_str).collect();
            let message = format!("there is no resource called `{name}`");
            findings
                .error("unknown_resource", element.span, message)
                .help(did_you_mean(name, known));
        }
        names.push(name.to_owned());
    }
    names
}

/// `item` and `resources.NAME` are the fields of the world here, not the keys of a binding.
fn names_of(
    for_each: &[String],
    resources: &BTreeMap<String, String>,
    names: &Names,
    catalog: &Catalog,
) -> Names {
    let fields = |name: &str| world_fields(name, resources.get(name), catalog);
    let all = Ty::record("`resources`", resources.keys().map(|name| (name.clone(), fields(name))));
    let mut types: Vec<Ty> = for_each.iter().map(|name| fields(name)).collect();
    types.dedup_by(|a, b| same_fields(a, b));
    let why = "an invariant speaks about the world, not about steps";
    let names = names.clone().with("resources", all).without("steps", why);
    match types.as_slice() {
        [] => names.without("item", "write `for_each: [RESOURCE, …]` beside it"),
        [one] => names.with("item", one.clone()),
        _ => names.with("item", Ty::Any),
    }
}

fn same_fields(a: &Ty, b: &Ty) -> bool {
    match (a, b) {
        (Ty::Record { fields: a, .. }, Ty::Record { fields: b, .. }) => a == b,
        _ => a == b,
    }
}

fn world_fields(name: &str, kind: Option<&String>, catalog: &Catalog) -> Ty {
    let Some(spec) = kind.and_then(|kind| catalog.resources.get(kind)) else { return Ty::Any };
    let fields = spec.fields.iter().map(|(field, spec)| {
        let ty = match spec.ty.as_str() {
            "bool" => Ty::Bool,
            "string" => Ty::String,
            "int" => Ty::Int,
            "map" => Ty::Map(Box::new(Ty::Any)),
            _ => Ty::Any,
        };
        (field.clone(), ty)
    });
    Ty::record(format!("`{name}` (an `{}`)", spec.kind), fields)
}

//! Names of conditions over the world: resources are their fields as they are, typed by what their
//! types declare.

use crate::cel::{Names, Ty};
use crate::diagnostic::Findings;
use crate::nearest::did_you_mean;
use crate::yaml::Yaml;
use std::collections::BTreeMap;
use windlass_model::Catalog;

/// The resources that a condition is about in turn, as its `for_each` names them.
pub fn over(
    yaml: &Yaml,
    resources: &BTreeMap<String, String>,
    findings: &mut Findings,
) -> Vec<String> {
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
pub fn names_of(
    for_each: &[String],
    resources: &BTreeMap<String, String>,
    names: &Names,
    catalog: &Catalog,
) -> Names {
    let fields = |name: &str| world_fields(name, resources.get(name), catalog);
    let all = Ty::record("`resources`", resources.keys().map(|name| (name.clone(), fields(name))));
    let mut types: Vec<Ty> = for_each.iter().map(|name| fields(name)).collect();
    types.dedup_by(|a, b| same_fields(a, b));
    let names = names.clone().with("resources", all);
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

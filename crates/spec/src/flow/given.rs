//! What a file takes as given of the world that its runs start in.

use super::compile::condition;
use super::world::{names_of, over};
use crate::cel::Names;
use crate::diagnostic::Findings;
use crate::yaml::Yaml;
use std::collections::BTreeMap;
use windlass_model::Catalog;
use windlass_model::given::Given;

/// Why such a condition names nothing of a run.
const NO_RUN: &str = "what is given is compared before the run begins";

/// Reads the `given` of a file. `resources` are names and types that it may speak about.
pub fn given(
    file: &Yaml,
    resources: &BTreeMap<String, String>,
    names: &Names,
    catalog: &Catalog,
    findings: &mut Findings,
) -> Vec<Given> {
    let mut made = Vec::new();
    for yaml in file.get("given").map(Yaml::elements).unwrap_or_default() {
        let for_each = over(yaml, resources, findings);
        let names = names_of(&for_each, resources, names, catalog);
        let names = names.without("steps", NO_RUN).without("run", NO_RUN);
        let Some(text) = yaml.get("that") else { continue };
        let Some(that) = condition(text, &names, findings, "`that`") else { continue };
        let line = findings.source.place(text.span.start).line;
        let given = Given { for_each, that, place: format!("{}:{line}", findings.source.file) };
        if !given.is_about_the_world() {
            let message = "this says nothing about the world";
            let help = "name a field of a resource, such as `resources.NAME.exists`; inputs are \
                        for a step that uses `assert`";
            findings.error("given", text.span, message).help(help);
            continue;
        }
        made.push(given);
    }
    made
}

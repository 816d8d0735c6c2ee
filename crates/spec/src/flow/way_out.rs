//! `way_back` and `way_on`: the workflows that lead out of a step which no rollback undoes. They
//! are started by people, so they are read here for their inputs only: each is checked where it is
//! started.

use super::clear_secrets::refuse_clear_secrets;
use super::compile::{refuse_deep_holes, template_naming};
use super::context::Context;
use super::files::{Files, ReadError, tidied};
use super::input_holes::InputHoles;
use super::input_schema::of_inputs;
use super::inputs::{DeclaredInput, declared_inputs};
use super::paths::full;
use crate::cel::Names;
use crate::diagnostic::Findings;
use crate::shape::Checker;
use crate::source::{SourceText, Span};
use crate::yaml::{FILE_BYTES_MAX, Yaml, YamlKind, parse};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use windlass_model::step::WayOut;

/// What `way_back` or `way_on` of a `compensate` says.
pub fn way_out(
    yaml: &Yaml,
    context: &Context<'_>,
    names: &Names,
    findings: &mut Findings,
) -> Option<WayOut> {
    let file = yaml.get("workflow").and_then(Yaml::text)?;
    let schema = match context.ways_out.get(file)? {
        Some(inputs) => {
            let (properties, required) = of_inputs(inputs);
            json!({ "title": format!("the input of `{file}`"), "type": "object",
                "additionalProperties": false, "required": required, "properties": properties })
        }
        None => Value::Bool(true),
    };
    let empty = Yaml { kind: YamlKind::Map(Vec::new()), span: yaml.span_of("workflow") };
    let inputs = yaml.get("inputs").unwrap_or(&empty);
    let mut holes = InputHoles::new(&schema, names, context);
    let what = format!("the input of `{file}`");
    Checker { root: &schema, holes: &mut holes, findings }.check(inputs, &schema, &what);
    refuse_deep_holes(inputs, 0, findings);
    refuse_clear_secrets(inputs, "inputs", &context.secrets, findings);
    let inputs = inputs.entries().iter();
    let inputs = inputs.map(|it| (it.key.clone(), template_naming(&it.value, &holes.named)));
    Some(WayOut { workflow: full(&context.folder, file), inputs: inputs.collect() })
}

/// The inputs of the workflows that lead out of these steps, by the words of `workflow`.
pub fn ways_out(
    files: &dyn Files,
    steps: &[&Yaml],
    path: &Path,
    findings: &mut Findings,
) -> BTreeMap<String, Option<Vec<DeclaredInput>>> {
    let mut ways = BTreeMap::new();
    let compensates = steps.iter().filter_map(|step| step.get("compensate"));
    let named = compensates.flat_map(|it| ["way_back", "way_on"].map(|key| it.get(key)));
    for file in named.flatten().filter_map(|way| way.get("workflow")) {
        let Some(text) = file.text() else { continue };
        if !ways.contains_key(text) {
            ways.insert(text.to_owned(), inputs_of(files, text, file.span, path, findings));
        }
    }
    ways
}

/// The inputs that a file declares; nothing, and a finding, where it cannot be read.
fn inputs_of(
    files: &dyn Files,
    name: &str,
    at: Span,
    path: &Path,
    findings: &mut Findings,
) -> Option<Vec<DeclaredInput>> {
    let file = tidied(&path.parent().unwrap_or(Path::new("")).join(name));
    let text = match files.read(&file, FILE_BYTES_MAX) {
        Ok(text) => text,
        Err(why) => {
            let message = format!("failed to read {}: {why}", file.display());
            let found = findings.error("unreadable", at, message);
            if why == ReadError::NotFound {
                found.help("the path goes from this file's folder on");
            }
            return None;
        }
    };
    // what is wrong there is said where that file is checked
    let mut own = Findings::new(Arc::new(SourceText::new(file.display().to_string(), text)));
    let tree = parse(&mut own)?;
    Some(declared_inputs(&tree, &mut own))
}

//! What is generated says what the reader does: every key of the types is in schema and page, and
//! the schemas that editors get accept the repository's own files.

#![expect(clippy::expect_used, reason = "a test may panic")]

use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use windlass_model::Catalog;
use windlass_spec::diagnostic::Findings;
use windlass_spec::reference::{
    action_pages, editor_schema_of_environments, editor_schema_of_workflows, format_reference,
};
use windlass_spec::shape::{Checker, Holes, environment_schema, workflow_schema};
use windlass_spec::source::SourceText;
use windlass_spec::yaml::Yaml;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(path).expect("a file of the repository")
}

fn catalog() -> Catalog {
    serde_json::from_str(&read("tests/catalog.json")).expect("a catalog")
}

fn keys(schema: &Value) -> Vec<String> {
    let properties = schema.get("properties").and_then(Value::as_object);
    properties.into_iter().flatten().map(|(key, _)| key.clone()).collect()
}

#[test]
fn the_page_has_every_key() {
    let page = format_reference();
    let step = workflow_schema().pointer("/$defs/StepFile").expect("steps");
    for schema in [workflow_schema(), environment_schema(), step] {
        for key in keys(schema) {
            assert!(page.contains(&format!("| `{key}`")), "no `{key}`");
        }
    }
    for builtin in ["approve", "input", "wait", "assert", "set"] {
        assert!(page.contains(&format!("### `{builtin}`")));
    }
    assert!(page.contains("`value.startsWith(…)`"));
}

#[test]
fn the_pages_have_every_action_and_the_index_leads_to_each_page() {
    let catalog = catalog();
    let pages = action_pages(&catalog);
    let all: String = pages.iter().map(|page| page.text.as_str()).collect();
    for kind in
        catalog.actions.keys().chain(catalog.resources.keys()).chain(catalog.providers.keys())
    {
        assert!(all.contains(&format!("## `{kind}`")), "no `{kind}`");
    }
    assert_eq!(pages[0].file, "README.md");
    for page in &pages[1..] {
        assert!(pages[0].text.contains(&format!("]({})", page.file)), "{}", page.file);
    }
}

#[test]
fn every_key_has_a_description() {
    for schema in [workflow_schema(), environment_schema()] {
        let defs = schema.get("$defs").and_then(Value::as_object).into_iter().flatten();
        for (name, schema) in
            defs.map(|(name, schema)| (name.as_str(), schema)).chain([("root", schema)])
        {
            for key in keys(schema) {
                let described = schema["properties"][&key].get("description").is_some();
                assert!(described, "`{key}` of {name} has no description");
            }
        }
    }
}

#[test]
fn editors_accept_what_the_reader_accepts() {
    let schema = |file: &str| -> Value { serde_json::from_str(&read(file)).expect("a schema") };
    let schemas = [
        ("../../workflows", schema("../../docs/workflow.schema.json")),
        ("../../workflows/local", schema("../../docs/workflow.schema.json")),
        ("../../workflows/environments", schema("../../docs/environment.schema.json")),
    ];
    let files = schemas
        .iter()
        .flat_map(|(folder, schema)| files_of(folder).into_iter().map(move |file| (file, schema)));
    for (file, schema) in files {
        let file = file.as_str();
        let mut findings = Findings::new(Arc::new(SourceText::new(file, read(file))));
        let tree = windlass_spec::yaml::parse(&mut findings).expect("YAML");
        Checker { root: schema, holes: &mut AnyHole, findings: &mut findings }
            .check(&tree, schema, "the file");
        assert!(findings.list.is_empty(), "{file}: {:?}", findings.list);
    }
}

/// Every editor's schema takes a hole in place of a value.
struct AnyHole;

impl Holes for AnyHole {
    fn hole(&mut self, _: &Yaml, _: &Value, _: &mut Findings) -> bool {
        true
    }

    fn literal(&mut self, _: &Yaml, _: &Value, _: &mut Findings) {}
}

fn files_of(folder: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = std::fs::read_dir(path).expect("a folder").map(|entry| entry.expect("a file"));
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let files: Vec<String> = names
        .filter(|name| name.ends_with(".yaml"))
        .map(|name| format!("{folder}/{name}"))
        .collect();
    assert!(!files.is_empty(), "{folder} has workflows");
    files
}

#[test]
fn editors_know_what_each_action_takes() {
    let catalog = catalog();
    let workflows = editor_schema_of_workflows(&catalog);
    let environments = editor_schema_of_environments(&catalog);
    assert!(environments["properties"]["azure"].is_object(), "{environments}");
    let rules =
        workflows.pointer("/$defs/StepFile/allOf").and_then(Value::as_array).expect("rules");
    assert_eq!(
        rules.len(),
        catalog.actions.len() + windlass_spec::flow::builtins::builtins().len()
    );
    let stop = rules
        .iter()
        .find(|rule| rule["if"]["properties"]["uses"]["const"] == "azure.app_service.stop");
    assert_eq!(stop.expect("stop")["then"]["properties"]["with"]["required"][0], "app");
}

//! JSON Schemas for editors: the keys of both files, with the inputs of all actions merged in.

use crate::flow::builtins::builtins;
use crate::shape::{environment_schema, workflow_schema};
use serde_json::{Map, Value, json};
use windlass_model::Catalog;

/// The schema of workflow files. Where a step says `uses: KIND`, its `with` is the input of that
/// kind.
pub fn editor_schema_of_workflows(catalog: &Catalog) -> Value {
    let mut schema = workflow_schema().clone();
    name(&mut schema, "windlass workflow");
    let own = builtins().iter().map(|one| (one.kind, one.summary, &one.input));
    let actions = catalog.actions.values();
    let actions = actions.map(|one| (one.kind.as_str(), one.summary.as_str(), &one.input));
    let mut kinds = Vec::new();
    let mut rules = Vec::new();
    for (kind, summary, input) in actions.chain(own) {
        kinds.push(json!({ "const": kind, "description": summary }));
        rules.push(json!({
            "if": { "required": ["uses"], "properties": { "uses": { "const": kind } } },
            "then": { "properties": { "with": with_holes(input) } },
        }));
    }
    let elsewhere =
        "another workflow, `./other.yaml`, or an action of a plug-in, `acme.thing/verb`";
    kinds.push(json!({ "type": "string", "pattern": "/", "description": elsewhere }));
    if let Some(uses) = schema.pointer_mut("/$defs/StepFile/properties/uses") {
        uses["anyOf"] = Value::Array(kinds);
    }
    if let Some(Value::Object(step)) = schema.pointer_mut("/$defs/StepFile") {
        step.insert("allOf".to_owned(), Value::Array(rules));
    }
    schema
}

/// The schema of environment files, with the sections of providers and the bindings of resource
/// types.
pub fn editor_schema_of_environments(catalog: &Catalog) -> Value {
    let mut schema = environment_schema().clone();
    name(&mut schema, "windlass environment");
    if let Some(Value::Object(root)) = schema.as_object_mut().and_then(|s| s.get_mut("properties"))
    {
        for provider in catalog.providers.values() {
            let mut settings = provider.settings.clone();
            settings["description"] = provider.summary.clone().into();
            root.insert(provider.key.clone(), settings);
        }
    }
    if let Some(root) = schema.as_object_mut() {
        root.insert("additionalProperties".to_owned(), Value::Bool(false));
    }
    let mut kinds = Vec::new();
    let mut rules = Vec::new();
    for resource in catalog.resources.values() {
        let kind = json!({ "const": resource.kind, "description": resource.summary });
        let mut binding = resource.binding.clone();
        binding["properties"]["kind"] = kind.clone();
        rules.push(json!({
            "if": { "required": ["kind"], "properties": { "kind": { "const": resource.kind } } },
            "then": binding,
        }));
        kinds.push(kind);
    }
    if let Some(kind) = schema.pointer_mut("/$defs/ResourceFile/properties/kind") {
        kind["anyOf"] = Value::Array(kinds);
    }
    if let Some(Value::Object(resource)) = schema.pointer_mut("/$defs/ResourceFile") {
        resource.insert("allOf".to_owned(), Value::Array(rules));
    }
    schema
}

fn name(schema: &mut Value, title: &str) {
    schema["title"] = title.into();
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
}

/// An input in which every value may be a text with `${{ … }}`.
fn with_holes(schema: &Value) -> Value {
    let Value::Object(map) = schema else { return schema.clone() };
    let mut made = Map::new();
    for (key, value) in map {
        let value = match (key.as_str(), value) {
            ("properties", Value::Object(properties)) => properties
                .iter()
                .map(|(name, property)| (name.clone(), or_hole(with_holes(property))))
                .collect(),
            ("items" | "additionalProperties", Value::Object(_)) => or_hole(with_holes(value)),
            _ => value.clone(),
        };
        made.insert(key.clone(), value);
    }
    Value::Object(made)
}

fn or_hole(schema: Value) -> Value {
    let plain_text = schema.get("type").is_some_and(|ty| ty == "string")
        && schema.get("pattern").is_none()
        && schema.get("enum").is_none();
    if plain_text || schema.as_object().is_some_and(Map::is_empty) {
        return schema;
    }
    let hole = json!({ "type": "string", "pattern": "\\$\\{\\{" });
    let description = schema.get("description").cloned();
    let mut either = json!({ "anyOf": [schema, hole] });
    if let Some(description) = description {
        either["description"] = description;
    }
    either
}

//! The inputs that a workflow declares, as a schema for whoever gives them.

use super::inputs::DeclaredInput;
use crate::keys::InputType;
use serde_json::{Map, Value, json};

/// Schemas of inputs by name, and those that must be given.
pub fn of_inputs(inputs: &[DeclaredInput]) -> (Map<String, Value>, Vec<&str>) {
    let properties = inputs.iter().map(|input| (input.name.clone(), schema_of(input)));
    let required = inputs.iter().filter(|input| input.default.is_none());
    (properties.collect(), required.map(|input| input.name.as_str()).collect())
}

fn schema_of(input: &DeclaredInput) -> Value {
    let mut schema = match input.ty {
        InputType::String => json!({ "type": "string" }),
        InputType::Int => json!({ "type": "integer" }),
        InputType::Number => json!({ "type": "number" }),
        InputType::Bool => json!({ "type": "boolean" }),
        InputType::List => json!({ "type": "array", "items": { "type": "string" } }),
    };
    let notes = [
        ("description", input.description.clone().map(Value::from)),
        ("minimum", input.min.map(Value::from)),
        ("maximum", input.max.map(Value::from)),
        ("pattern", input.pattern.clone().map(Value::from)),
        ("enum", input.options.clone().map(Value::from)),
    ];
    for (key, value) in notes {
        if let Some(value) = value {
            schema[key] = value;
        }
    }
    schema
}

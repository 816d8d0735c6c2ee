//! Small words in which the schemas of inputs, outputs, bindings and settings are written.
//!
//! They are JSON Schema with four additions: `x-resource` says that a text names a resource of a
//! type, `x-secret` that it names a secret, `x-exists` whether what it names is there afterwards,
//! `x-within` which other input says where that is.
//! It must not know any action.

use serde_json::{Value, json};

/// An object with these properties and no others.
pub fn object<'a>(
    properties: impl IntoIterator<Item = (&'a str, Value)>,
    required: &[&str],
) -> Value {
    let properties: serde_json::Map<String, Value> =
        properties.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// A text.
pub fn text(description: &str) -> Value {
    json!({"type": "string", "description": description})
}

/// An address that HTTP can ask.
pub fn address(description: &str) -> Value {
    json!({"type": "string", "format": "uri", "description": description})
}

/// A file or folder of this machine: the engine makes it absolute before an action sees it.
pub fn path(description: &str) -> Value {
    json!({"type": "string", "format": "path", "description": description})
}

/// The same in what an environment binds, where no run's folder is known.
pub fn absolute(description: &str) -> Value {
    json!({"type": "string", "format": "path", "pattern": "^/", "description": description})
}

/// One of some words.
pub fn one_of(words: &[&str], description: &str) -> Value {
    json!({"type": "string", "enum": words, "description": description})
}

/// A span such as `90s`.
pub fn span(description: &str, default: &str) -> Value {
    json!({
        "type": "string",
        "pattern": r"^\d+(ms|s|m|h|d)$",
        "default": default,
        "description": description,
    })
}

/// A whole number.
pub fn int(description: &str) -> Value {
    json!({"type": "integer", "description": description})
}

/// Yes or no.
pub fn boolean(description: &str) -> Value {
    json!({"type": "boolean", "description": description})
}

/// A list.
pub fn list(items: Value, description: &str) -> Value {
    json!({"type": "array", "items": items, "description": description})
}

/// A map from any name.
pub fn map(values: Value, description: &str) -> Value {
    json!({"type": "object", "additionalProperties": values, "description": description})
}

/// The name of a resource of a type.
pub fn resource(kind: &str, description: &str) -> Value {
    json!({"type": "string", "x-resource": kind, "description": description})
}

/// Marks the name of what the step makes: it is there afterwards.
pub fn makes(mut schema: Value) -> Value {
    schema["x-exists"] = true.into();
    schema
}

/// Marks the name of what the step deletes: a deletion under another condition than the making is
/// refused.
pub fn deletes(mut schema: Value) -> Value {
    schema["x-exists"] = false.into();
    schema
}

/// Marks an output that equals an input, where that is given: so much is known before the step.
pub fn same_as(mut schema: Value, input: &str) -> Value {
    schema["x-same-as"] = input.into();
    schema
}

/// Marks a name that means something only within what another input names.
pub fn within(mut schema: Value, place: &str) -> Value {
    schema["x-within"] = place.into();
    schema
}

/// The name of a secret.
pub fn secret(description: &str) -> Value {
    json!({"type": "string", "x-secret": true, "description": description})
}

/// The schema with a default, which readers show.
pub fn with_default(mut schema: Value, default: impl Into<Value>) -> Value {
    schema["default"] = default.into();
    schema
}

//! A JSON Schema as words for a terminal: what a key takes, and what it means. It must not know
//! which file the key is of.

use serde_json::Value;
use windlass_spec::shape::deref;
use windlass_spec::shape::words::{pattern_words, type_words};

/// Alternatives within alternatives: ours have two levels.
const DEPTH_MAX: usize = 6;

/// What a schema takes, in words.
pub fn words(root: &Value, schema: &Value) -> String {
    within(root, schema, 0)
}

fn within(root: &Value, schema: &Value, depth: usize) -> String {
    if depth > DEPTH_MAX {
        return "a value".to_owned();
    }
    let target = deref(root, schema);
    if let Some(kind) = target.get("x-resource").and_then(Value::as_str) {
        return format!("the name of a resource of type `{kind}`");
    }
    if target.get("x-secret").is_some() {
        return "the name of a secret".to_owned();
    }
    if let Some(only) = target.get("const") {
        return code(only);
    }
    if let Some(Value::Array(values)) = target.get("enum") {
        return alternatives(values.iter().map(code).collect());
    }
    for key in ["oneOf", "anyOf"] {
        if let Some(Value::Array(branches)) = target.get(key) {
            let said = branches.iter().map(|branch| within(root, branch, depth + 1));
            return alternatives(said.collect());
        }
    }
    match target.get("type") {
        Some(Value::String(ty)) => of_type(root, target, ty, depth),
        Some(Value::Array(types)) => {
            let said = types.iter().filter_map(Value::as_str);
            alternatives(said.map(|ty| of_type(root, target, ty, depth)).collect())
        }
        _ => "any value".to_owned(),
    }
}

fn of_type(root: &Value, schema: &Value, ty: &str, depth: usize) -> String {
    match ty {
        "array" => {
            let items = schema.get("items").map(|items| within(root, items, depth + 1));
            items.map_or_else(|| "a list".to_owned(), |items| format!("a list, each {items}"))
        }
        "object" => object(root, schema, depth),
        "integer" | "number" => format!("{}{}", type_words(ty), bounds(schema)),
        "string" => match schema.get("pattern").and_then(Value::as_str) {
            Some(pattern) => pattern_words(pattern),
            None => type_words(ty).to_owned(),
        },
        other => type_words(other).to_owned(),
    }
}

fn object(root: &Value, schema: &Value, depth: usize) -> String {
    match schema.get("additionalProperties") {
        Some(values @ Value::Object(map)) if !map.is_empty() => {
            format!("a map from name to {}", within(root, values, depth + 1))
        }
        _ => "a map".to_owned(),
    }
}

/// A property's own sentence, or that of the type it refers to, and its default.
pub fn meaning(root: &Value, property: &Value) -> String {
    let target = deref(root, property);
    let described =
        |schema: &Value| schema.get("description").and_then(Value::as_str).map(str::to_owned);
    let mut said = described(property).or_else(|| described(target)).unwrap_or_default();
    let default = property.get("default").or_else(|| target.get("default"));
    let shown = default.filter(|value| !matches!(value, Value::Null | Value::Object(_)));
    if let Some(value) = shown.filter(|value| value.as_array().is_none_or(|list| !list.is_empty()))
    {
        let value = windlass_spec::shape::words::bare(value);
        said = format!("{said} Default: `{value}`.");
    }
    said.trim().to_owned()
}

fn bounds(schema: &Value) -> String {
    let bound = |key: &str| schema.get(key).map(Value::to_string);
    let trimmed = |text: String| text.strip_suffix(".0").map(str::to_owned).unwrap_or(text);
    match (bound("minimum").map(trimmed), bound("maximum").map(trimmed)) {
        (Some(min), Some(max)) => format!(" from {min} to {max}"),
        (Some(min), None) => format!(" from {min}"),
        (None, Some(max)) => format!(" up to {max}"),
        (None, None) => String::new(),
    }
}

fn alternatives(mut said: Vec<String>) -> String {
    said.dedup();
    match said.pop() {
        Some(last) if said.is_empty() => last,
        Some(last) => format!("{} or {last}", said.join(", ")),
        None => "a value".to_owned(),
    }
}

fn code(value: &Value) -> String {
    format!("`{}`", windlass_spec::shape::words::bare(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(schema: Value) -> String {
        words(
            &json!({ "$defs": { "step": { "title": "a step", "type": "object",
            "properties": { "id": {} } } } }),
            &schema,
        )
    }

    #[test]
    fn schemas_read_as_words() {
        let cases = [
            (
                json!({ "type": "integer", "minimum": 1, "maximum": 8.0 }),
                "a whole number from 1 to 8",
            ),
            (json!({ "enum": ["a", 2] }), "`a` or `2`"),
            (
                json!({ "oneOf": [{ "const": "x" }, { "const": "y" }, { "const": "z" }] }),
                "`x`, `y` or `z`",
            ),
            (json!({ "type": "array", "items": { "type": "string" } }), "a list, each a text"),
            (json!({ "$ref": "#/$defs/step" }), "a map"),
            (json!({ "type": "string", "x-resource": "k" }), "the name of a resource of type `k`"),
            (
                json!({ "type": "object", "additionalProperties": { "type": "boolean" } }),
                "a map from name to `true` or `false`",
            ),
            (json!(true), "any value"),
        ];
        for (schema, expected) in cases {
            assert_eq!(said(schema.clone()), expected, "{schema}");
        }
    }

    #[test]
    fn a_default_is_shown_behind_the_meaning() {
        let property = json!({ "type": "integer", "description": "How many.", "default": 3 });
        assert_eq!(meaning(&property, &property), "How many. Default: `3`.");
    }
}

//! A schema as a table of Markdown: its keys, what each takes, what it means.

use crate::shape::deref;
use serde_json::Value;
use std::fmt::Write;

/// The keys of a schema as a table.
pub fn table(out: &mut String, root: &Value, schema: &Value) -> std::fmt::Result {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return Ok(());
    };
    if properties.is_empty() {
        return Ok(());
    }
    let required = schema.get("required").and_then(Value::as_array);
    let needed = |key: &str| required.is_some_and(|all| all.iter().any(|one| one == key));
    writeln!(out, "| key | value | |\n|---|---|---|")?;
    for (key, property) in properties {
        let must = if needed(key) { " (needed)" } else { "" };
        let text = property.get("description").and_then(Value::as_str);
        let text = text.or(deref(root, property).get("description").and_then(Value::as_str));
        let text = cell(text.unwrap_or_default());
        writeln!(out, "| `{key}`{must} | {} | {text} |", cell(&value_words(root, property)))?;
    }
    Ok(())
}

/// What a key takes, in words.
fn value_words(root: &Value, schema: &Value) -> String {
    let schema = deref(root, schema);
    if let Some(branches) = schema.get("anyOf").or(schema.get("oneOf")).and_then(Value::as_array) {
        let words: Vec<String> = branches.iter().map(|branch| value_words(root, branch)).collect();
        return words.join(" or ");
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let words: Vec<String> = values.iter().map(word).collect();
        return words.join(", ");
    }
    if let Some(value) = schema.get("const") {
        return word(value);
    }
    let within = |key: &str| schema.get(key).filter(|inner| inner.is_object());
    match schema.get("type").and_then(Value::as_str) {
        Some("string")
            if schema.get("pattern").is_some_and(|p| p == crate::keys::DURATION_PATTERN) =>
        {
            "span of time".to_owned()
        }
        Some("string") if schema.get("format").is_some_and(|it| it == "path") => "path".to_owned(),
        Some("string") => "text".to_owned(),
        Some("integer") => "whole number".to_owned(),
        Some("number") => "number".to_owned(),
        Some("boolean") => "`true` or `false`".to_owned(),
        Some("array") => match within("items") {
            Some(items) => format!("list of {}", value_words(root, items)),
            None => "list".to_owned(),
        },
        Some("object") => match within("additionalProperties") {
            Some(values) => format!("map of {}", value_words(root, values)),
            None => schema.get("title").and_then(Value::as_str).unwrap_or("map").to_owned(),
        },
        _ => "any value".to_owned(),
    }
}

fn word(value: &Value) -> String {
    format!("`{}`", crate::shape::words::bare(value))
}

/// A text that stays within its cell.
pub fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

//! A tree into a typed value as far as it goes: what the schema check has refused already is left
//! out, so that the rest of the file can be checked too.

use crate::diagnostic::Findings;
use crate::keys::scalars::{NAME_PATTERN, as_name};
use crate::shape::deref;
use crate::source::Span;
use crate::yaml::Yaml;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Decodes a part of a file whose keys were checked against `schema` before. Nothing where it does
/// not fit.
pub fn lenient<T: DeserializeOwned>(yaml: &Yaml, root: &Value, schema: &Value) -> Option<T> {
    let mut value = yaml.to_value();
    strip(&mut value, root, schema);
    serde_json::from_value(value).ok()
}

/// The same for a map: keys whose values do not fit are left out too. `name` is the key that it
/// cannot do without; a placeholder stands in where it is missing.
pub fn lenient_map<T: DeserializeOwned>(
    yaml: &Yaml,
    root: &Value,
    schema: &Value,
    name: &str,
) -> Option<T> {
    if let Some(whole) = lenient(yaml, root, schema) {
        return Some(whole);
    }
    let mut value = yaml.to_value();
    strip(&mut value, root, schema);
    let Value::Object(map) = value else { return None };
    let mut kept = serde_json::Map::new();
    kept.insert(name.to_owned(), Value::from(""));
    for (key, value) in map {
        let mut tried = kept.clone();
        tried.insert(key, value);
        if serde_json::from_value::<T>(Value::Object(tried.clone())).is_ok() {
            kept = tried;
        }
    }
    serde_json::from_value(Value::Object(kept)).ok()
}

/// Removes keys that the schema does not know.
fn strip(value: &mut Value, root: &Value, schema: &Value) {
    let schema = deref(root, schema);
    match value {
        Value::Object(map) => {
            let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
                return;
            };
            if schema.get("additionalProperties") == Some(&Value::Bool(false)) {
                map.retain(|key, _| properties.contains_key(key));
            }
            for (key, value) in map {
                if let Some(property) = properties.get(key) {
                    strip(value, root, property);
                }
            }
        }
        Value::Array(list) => {
            let items = schema.get("items").unwrap_or(&Value::Bool(true));
            list.iter_mut().for_each(|element| strip(element, root, items));
        }
        _ => {}
    }
}

/// Reports a name that expressions could not name.
pub fn check_name(name: &str, at: Span, what: &str, findings: &mut Findings) {
    if regex::Regex::new(NAME_PATTERN).is_ok_and(|regex| !regex.is_match(name)) {
        let message = format!("`{name}` is no name for {what}");
        findings
            .error("bad_name", at, message)
            .help("lower case letters, digits and `_`, at most 64, the first a letter")
            .help(format!("for example `{}`", as_name(name)));
    }
}

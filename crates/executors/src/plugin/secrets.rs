//! The secrets that an input names, where its schema says that it names one, and nowhere else.

use windlass_model::{Map, Value};
use windlass_ports::{Outcome, Secret, Secrets};

use crate::secret_ref::resolve;

/// The word of a schema that says that a text names a secret.
const SECRET: &str = "x-secret";

/// The key of a reference to a secret.
const REFERENCE: &str = "$secret";

/// An input with its secrets in the place of their names, and those secrets.
pub async fn filled(
    input: &Value,
    schema: &Value,
    secrets: &dyn Secrets,
) -> Outcome<(Value, Vec<Secret>)> {
    let mut named = Vec::new();
    names(input, schema, &mut named);
    let mut found = Vec::new();
    let mut filled = input.clone();
    for (place, name) in named {
        let secret = resolve(&name, secrets).await?;
        if let Some(there) = filled.pointer_mut(&place) {
            *there = Value::String(secret.expose().to_owned());
        }
        found.push(secret);
    }
    Ok((filled, found))
}

/// Where a secret is given that the plug-in does not ask for as one: it would lie about in outputs.
pub fn unasked(input: &Value, schema: &Value) -> Option<String> {
    let mut named = Vec::new();
    names(input, schema, &mut named);
    let mut given = Vec::new();
    references(input, String::new(), &mut given);
    given.into_iter().find(|place| named.iter().all(|(asked, _)| asked != place))
}

fn references(value: &Value, place: String, found: &mut Vec<String>) {
    match value {
        Value::Object(map) if reference(map).is_some() => found.push(place),
        Value::Object(map) => {
            map.iter().for_each(|(key, value)| references(value, below(&place, key), found));
        }
        Value::Array(list) => list
            .iter()
            .enumerate()
            .for_each(|(at, value)| references(value, format!("{place}/{at}"), found)),
        _ => {}
    }
}

fn reference(map: &Map<String, Value>) -> Option<&str> {
    map.get(REFERENCE).filter(|_| map.len() == 1)?.as_str()
}

fn below(place: &str, key: &str) -> String {
    format!("{place}/{}", key.replace('~', "~0").replace('/', "~1"))
}

fn names(value: &Value, schema: &Value, found: &mut Vec<(String, String)>) {
    walk(value, schema, String::new(), &mut |value, schema, place| {
        if schema.get(SECRET).is_none_or(|asked| asked == false) {
            return;
        }
        let name = match value {
            Value::String(name) => Some(name.as_str()),
            Value::Object(map) => reference(map),
            _ => None,
        };
        found.extend(name.map(|name| (place.to_owned(), name.to_owned())));
    });
}

/// Sees each part of a value with its schema and its place, a JSON pointer.
pub fn walk(
    value: &Value,
    schema: &Value,
    place: String,
    see: &mut dyn FnMut(&Value, &Value, &str),
) {
    see(value, schema, &place);
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let property = schema.get("properties").and_then(|all| all.get(key));
                if let Some(schema) = property.or_else(|| schema.get("additionalProperties")) {
                    walk(value, schema, below(&place, key), see);
                }
            }
        }
        Value::Array(list) => {
            let Some(items) = schema.get("items") else { return };
            for (at, value) in list.iter().enumerate() {
                walk(value, items, format!("{place}/{at}"), see);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_is_asked_for_as_a_secret_may_be_one() {
        let schema = json!({"properties": {
            "pat": {"type": "string", "x-secret": true}, "text": {"type": "string"},
            "all": {"additionalProperties": {"x-secret": true}},
        }});
        let fine = json!({"pat": {"$secret": "a"}, "all": {"x/y": {"$secret": "b"}}, "text": "c"});
        assert_eq!(unasked(&fine, &schema), None);
        let mut named = Vec::new();
        names(&fine, &schema, &mut named);
        let pair = |place: &str, name: &str| (place.to_owned(), name.to_owned());
        assert_eq!(named, [pair("/pat", "a"), pair("/all/x~1y", "b")]);
        let wrong = json!({"text": {"$secret": "a"}});
        assert_eq!(unasked(&wrong, &schema).as_deref(), Some("/text"));
    }
}

//! Shapes of answers: which keys are there, of which type. It must not know which answer it is.

use serde_json::Value;

/// Keys that are in one body and not in the other, or of another type. `null` fits every type.
pub fn differences(simulated: &Value, recorded: &Value, whole: bool) -> Vec<String> {
    let mut found = Vec::new();
    walk(simulated, recorded, whole, "", &mut found);
    found
}

fn walk(simulated: &Value, recorded: &Value, whole: bool, at: &str, found: &mut Vec<String>) {
    match (simulated, recorded) {
        (Value::Null, _) | (_, Value::Null) => {}
        (Value::Object(ours), Value::Object(theirs)) => {
            for (key, value) in ours {
                match theirs.get(key) {
                    Some(theirs) => walk(value, theirs, whole, &format!("{at}.{key}"), found),
                    None => found.push(format!("{at}.{key} is not recorded")),
                }
            }
            let missing = theirs.keys().filter(|key| whole && !ours.contains_key(*key));
            found.extend(missing.map(|key| format!("{at}.{key} is not simulated")));
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            if let (Some(ours), Some(theirs)) = (ours.first(), theirs.first()) {
                walk(ours, theirs, whole, &format!("{at}[0]"), found);
            }
        }
        (ours, theirs) if kind(ours) == kind(theirs) => {}
        (ours, theirs) => found.push(format!("{at}: {} and not {}", kind(ours), kind(theirs))),
    }
}

pub fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// What executors read of an answer: JSON pointers and types. Written by hand from the recordings.
pub type Facts = &'static [(&'static str, &'static str)];

pub fn missing_facts(body: &Value, facts: Facts) -> Vec<String> {
    let wrong = facts.iter().filter(|(pointer, wanted)| {
        body.pointer(pointer).is_none_or(|value| kind(value) != *wanted)
    });
    wrong.map(|(pointer, wanted)| format!("{pointer} is no {wanted}")).collect()
}

#[test]
fn a_difference_is_found_and_a_null_is_none() {
    use serde_json::json;
    let (ours, theirs) = (json!({"a": 1, "b": [{"c": ""}]}), json!({"a": null, "b": [{"c": 1}]}));
    assert_eq!(differences(&ours, &theirs, true), [".b[0].c: string and not number"]);
    assert_eq!(differences(&json!({}), &json!({"x": 1}), true), [".x is not simulated"]);
    assert_eq!(differences(&json!({}), &json!({"x": 1}), false), Vec::<String>::new());
    assert_eq!(differences(&json!({"x": 1}), &json!({}), false), [".x is not recorded"]);
    assert_eq!(missing_facts(&json!({"x": 1}), &[("/x", "string")]).len(), 1);
}

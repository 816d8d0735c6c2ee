//! The JSON Schemas of both files, generated from the types of their keys and put into plain form.

use crate::keys::{EnvironmentFile, WorkflowFile};
use serde_json::Value;
use std::sync::LazyLock;

/// The schema of the keys of a workflow file; inputs of actions are anything here.
pub fn workflow_schema() -> &'static Value {
    static SCHEMA: LazyLock<Value> = LazyLock::new(|| plain(schemars::schema_for!(WorkflowFile)));
    &SCHEMA
}

/// The schema of the keys of an environment file, without the sections of providers.
pub fn environment_schema() -> &'static Value {
    static SCHEMA: LazyLock<Value> =
        LazyLock::new(|| plain(schemars::schema_for!(EnvironmentFile)));
    &SCHEMA
}

/// Follows `$ref` within a root schema. Deeper chains than a schema of ours has are cut.
pub fn deref<'s>(root: &'s Value, schema: &'s Value) -> &'s Value {
    let mut at = schema;
    for _ in 0..REF_CHAIN_MAX {
        let Some(reference) = at.get("$ref").and_then(Value::as_str) else { return at };
        let Some(target) = reference.strip_prefix('#').and_then(|path| root.pointer(path)) else {
            return &Value::Bool(true);
        };
        at = target;
    }
    &Value::Bool(true)
}

/// References that lead to references: a generator writes one, a hand two.
const REF_CHAIN_MAX: usize = 8;

fn plain(schema: schemars::Schema) -> Value {
    let mut value = schema.to_value();
    without_null(&mut value);
    value
}

/// A key is there or not there; `null` is no third way. Generators allow it for optional keys, and
/// keep the line ends of a comment.
fn without_null(schema: &mut Value) {
    if let Value::Object(map) = schema {
        if map.get("default").is_some_and(Value::is_null) {
            map.remove("default");
        }
        if let Some(Value::String(note)) = map.get_mut("description") {
            *note = note.replace('\n', " ");
        }
        if let Some(Value::Array(types)) = map.get_mut("type") {
            types.retain(|ty| ty != "null");
            if let [one] = types.as_slice() {
                let one = one.clone();
                map.insert("type".to_owned(), one);
            }
        }
        if let Some(Value::Array(branches)) = map.get_mut("anyOf") {
            branches.retain(|branch| branch.get("type").is_none_or(|ty| ty != "null"));
            if let [one] = branches.as_slice() {
                let one = one.clone();
                map.remove("anyOf");
                if let Value::Object(one) = one {
                    for (key, value) in one {
                        map.entry(key).or_insert(value);
                    }
                }
            }
        }
    }
    match schema {
        Value::Object(map) => map.values_mut().for_each(without_null),
        Value::Array(list) => list.iter_mut().for_each(without_null),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_may_be_null() {
        for schema in [workflow_schema(), environment_schema()] {
            assert!(!schema.to_string().contains("\"null\""));
            assert!(schema.pointer("/$defs").is_some());
        }
        let timeout = workflow_schema().pointer("/$defs/StepFile/properties/timeout/type");
        assert_eq!(timeout, Some(&Value::from("string")));
    }

    #[test]
    fn the_words_of_the_model_are_those_of_the_schema() {
        fn words<T: serde::Serialize>(values: &[T]) -> Vec<Value> {
            values.iter().map(|value| serde_json::to_value(value).unwrap()).collect()
        }
        use windlass_model::step::{OnInDoubt, OnTimeout};
        use windlass_model::{Confirm, workflow::OnFailure};
        let consts = |root: &Value, name: &str| -> Vec<Value> {
            let branches = root.pointer(&format!("/$defs/{name}/oneOf")).unwrap();
            branches.as_array().unwrap().iter().map(|branch| branch["const"].clone()).collect()
        };
        let workflow = workflow_schema();
        assert_eq!(
            consts(workflow, "OnTimeout"),
            words(&[OnTimeout::Wait, OnTimeout::Fail, OnTimeout::Skip])
        );
        assert_eq!(
            consts(workflow, "OnInDoubt"),
            words(&[OnInDoubt::Probe, OnInDoubt::Ask, OnInDoubt::Rerun])
        );
        assert_eq!(consts(workflow, "OnFailure"), words(&[OnFailure::Stop, OnFailure::Rollback]));
        let confirm = words(&[Confirm::Strict, Confirm::Relaxed]);
        assert_eq!(consts(environment_schema(), "Confirm"), confirm);
    }
}

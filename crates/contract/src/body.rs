//! Walks a body beside its facts. What is sent may hold only what is declared; what is received
//! may hold more, and null where the service has nothing to say. It must not know about statuses.

use crate::fact::Fact;
use crate::node::Node;
use serde_json::Value;

/// What is wrong with one place of a body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    Missing { field: String },
    Undeclared { field: String },
    Value { field: String, expected: String, found: String },
}

/// Which way a body went.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Sent,
    Received,
}

/// Returns what is wrong with a body.
pub(crate) fn walk(node: &Node, value: &Value, way: Way) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    visit(node, value, "", way, &mut wrong);
    wrong
}

fn visit(node: &Node, value: &Value, path: &str, way: Way, wrong: &mut Vec<Wrong>) {
    let required = node.fact.as_ref().is_some_and(|fact| fact.required);
    if value.is_null() && way == Way::Received && !required {
        return;
    }
    let mismatch = |expected: String| Wrong::Value {
        field: path.to_owned(),
        expected,
        found: describe(value),
    };
    if let Some(fact) = node.fact.as_ref().filter(|fact| !fact.fits(value)) {
        wrong.push(mismatch(fact.to_string()));
        return;
    }
    if node.below.is_empty() {
        return;
    }
    match (node.below.get("[]"), value) {
        (Some(element), Value::Array(values)) => {
            for value in values {
                visit(element, value, &format!("{path}[]"), way, wrong);
            }
        }
        (Some(_), _) => wrong.push(mismatch(Fact::parse("array").to_string())),
        (None, Value::Object(members)) => {
            for name in node.required().filter(|name| !members.contains_key(*name)) {
                wrong.push(Wrong::Missing { field: join(path, name) });
            }
            for (name, value) in members {
                let field = join(path, name);
                match node.member(name) {
                    Some(node) => visit(node, value, &field, way, wrong),
                    None if way == Way::Sent => wrong.push(Wrong::Undeclared { field }),
                    None => {}
                }
            }
        }
        (None, _) => wrong.push(mismatch(Fact::parse("object").to_string())),
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// Says of what kind a value is; the value itself may be a secret.
fn describe(value: &Value) -> String {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_f64() => "a number with a fraction",
        Value::Number(_) => "an integer",
        Value::String(_) => "a string of another form",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    kind.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn node() -> Node {
        Node::of([
            ("location", "string!"),
            ("properties.mode", "string = Copy|Default"),
            ("tags.*", "string"),
            ("names[].id", "integer!"),
        ])
    }

    #[test]
    fn what_is_sent_is_held_to_the_letter() {
        let good = json!({"location": "x", "tags": {"a": "b"}, "names": [{"id": 1}]});
        assert_eq!(walk(&node(), &good, Way::Sent), []);
        let bad = json!({"properties": {"mode": "Copy", "mod": 1}, "names": [{}], "tags": null});
        let missing = |field: &str| Wrong::Missing { field: field.to_owned() };
        let found = walk(&node(), &bad, Way::Sent);
        assert_eq!(found.len(), 4, "{found:?}");
        assert!(found.contains(&missing("location")) && found.contains(&missing("names[].id")));
        assert!(found.contains(&Wrong::Undeclared { field: "properties.mod".to_owned() }));
    }

    #[test]
    fn what_is_received_may_hold_more_and_null() {
        let body = json!({"location": "x", "new": 1, "properties": null, "names": [{"id": 1}]});
        assert_eq!(walk(&node(), &body, Way::Received), []);
        assert_eq!(walk(&node(), &json!({"location": null}), Way::Received).len(), 1);
        assert_eq!(walk(&node(), &json!({"location": "x", "names": {}}), Way::Received).len(), 1);
    }
}

//! What an answer must be like to count as healthy. It must not know how it was got.

use crate::http::Reply;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// The conditions; all must hold.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// Statuses that are good.
    #[serde(default = "ok")]
    pub status: Vec<u16>,
    /// A text that the body must contain.
    pub body_contains: Option<String>,
    /// Values by path, such as `version` or `checks.0.state`.
    #[serde(default)]
    pub json: BTreeMap<String, Value>,
}

fn ok() -> Vec<u16> {
    vec![200]
}

impl Default for Expectation {
    fn default() -> Self {
        Self { status: ok(), body_contains: None, json: BTreeMap::new() }
    }
}

impl Expectation {
    /// What is not as it must be; nothing for a healthy answer. It quotes no body.
    pub fn lacks(&self, reply: &Reply) -> Option<String> {
        if !self.status.contains(&reply.status) {
            return Some(format!("it answers {}", reply.status));
        }
        let body = String::from_utf8_lossy(&reply.body);
        if let Some(text) = self.body_contains.as_ref().filter(|text| !body.contains(text.as_str()))
        {
            return Some(format!("its answer does not contain `{text}`"));
        }
        if self.json.is_empty() {
            return None;
        }
        let Some(json) = reply.json() else { return Some("its answer is no JSON".to_owned()) };
        self.json.iter().find_map(|(path, wanted)| match at(&json, path) {
            Some(found) if same(found, wanted) => None,
            Some(found) => Some(format!("`{path}` is {found}, not {wanted}")),
            None => Some(format!("its answer has no `{path}`")),
        })
    }
}

fn at<'a>(json: &'a Value, path: &str) -> Option<&'a Value> {
    path.trim_start_matches("$.").split('.').try_fold(json, |value, key| match value {
        Value::Array(list) => list.get(key.parse::<usize>().ok()?),
        value => value.get(key),
    })
}

/// An expression gives texts where the service may give a number.
fn same(found: &Value, wanted: &Value) -> bool {
    found == wanted
        || match (found, wanted) {
            (Value::Number(number), Value::String(text)) => number.to_string() == *text,
            (Value::Bool(value), Value::String(text)) => value.to_string() == *text,
            (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderMap;
    use serde_json::json;

    fn reply(status: u16, body: &str) -> Reply {
        Reply { status, headers: HeaderMap::new(), body: body.as_bytes().to_vec() }
    }

    #[test]
    fn all_conditions_must_hold() {
        let wanted: Expectation = serde_json::from_value(json!({
            "status": [200, 204], "body_contains": "healthy",
            "json": {"version": "7.1", "checks.0.ok": true, "$.n": "3"},
        }))
        .unwrap();
        let good = r#"{"state":"healthy","version":"7.1","checks":[{"ok":true}],"n":3}"#;
        assert_eq!(wanted.lacks(&reply(200, good)), None);
        let cases = [
            (503, good.to_owned(), "it answers 503"),
            (200, good.replace("healthy", "ill"), "does not contain"),
            (200, good.replace("7.1", "7.2"), "`version` is \"7.2\""),
            (200, good.replace("true", "false"), "`checks.0.ok` is false"),
            (200, "healthy".to_owned(), "no JSON"),
            (200, r#"{"state":"healthy"}"#.to_owned(), "no `$.n`"),
        ];
        for (status, body, said) in cases {
            let lacks = wanted.lacks(&reply(status, &body)).unwrap();
            assert!(lacks.contains(said), "{lacks}");
        }
    }

    #[test]
    fn without_conditions_200_is_healthy() {
        assert_eq!(Expectation::default().lacks(&reply(200, "")), None);
        assert!(Expectation::default().lacks(&reply(204, "")).is_some());
    }
}

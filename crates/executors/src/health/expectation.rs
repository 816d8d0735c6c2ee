//! What an answer must be like to count as healthy. It must not know how it was got.

use crate::http::Reply;
use crate::http::error_body::bounded;
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
    /// The version that must answer.
    pub version: Option<String>,
    /// Where the answer says its version.
    #[serde(default = "version_at")]
    pub version_at: String,
}

/// The whole body is the version.
const WHOLE_BODY: &str = "body";

fn version_at() -> String {
    "version".to_owned()
}

fn ok() -> Vec<u16> {
    vec![200]
}

impl Default for Expectation {
    fn default() -> Self {
        Self {
            status: ok(),
            body_contains: None,
            json: BTreeMap::new(),
            version: None,
            version_at: version_at(),
        }
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
        if let Some(lack) = self.version.as_ref().and_then(|wanted| self.other(wanted, reply)) {
            return Some(lack);
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

impl Expectation {
    /// What is wrong with the version that answers.
    fn other(&self, wanted: &str, reply: &Reply) -> Option<String> {
        let found = match self.version_at.as_str() {
            WHOLE_BODY => Some(bounded(&String::from_utf8_lossy(&reply.body))),
            path => match reply.json().as_ref().and_then(|json| at(json, path)) {
                Some(Value::String(text)) => Some(text.clone()),
                Some(Value::Number(number)) => Some(number.to_string()),
                _ => None,
            },
        };
        match found {
            None => Some(format!("its answer has no version at `{}`", self.version_at)),
            Some(found) if version(&found) == version(wanted) => None,
            Some(found) => Some(format!("it is version {}, not {wanted}", bounded(&found))),
        }
    }
}

/// What of a version counts: `v2.7.1.213+4f2a` is 2.7.1.213.
fn version(text: &str) -> &str {
    let text = text.trim();
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
    text.split(['+', ' ']).next().unwrap_or(text)
}

/// The value at a path such as `checks.0.state`.
pub fn at<'a>(json: &'a Value, path: &str) -> Option<&'a Value> {
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
    fn a_version_is_compared_as_one() {
        let wanted = |expect: Value| serde_json::from_value::<Expectation>(expect).unwrap();
        let one = wanted(json!({"version": "2.7.1.213"}));
        for good in ["2.7.1.213", "v2.7.1.213", "2.7.1.213+4f2a91"] {
            assert_eq!(one.lacks(&reply(200, &json!({"version": good}).to_string())), None);
        }
        for (body, said) in [
            (r#"{"version":"2.7.1.21"}"#, "it is version 2.7.1.21, not 2.7.1.213"),
            (r#"{"version":"2.7.1.2130"}"#, "it is version 2.7.1.2130"),
            (r#"{"build":"2.7.1.213"}"#, "no version at `version`"),
            ("2.7.1.213", "no version at"),
        ] {
            let lacks = one.lacks(&reply(200, body)).unwrap();
            assert!(lacks.contains(said), "{lacks}");
        }
        let whole = wanted(json!({"version": "2.7", "version_at": "body"}));
        assert_eq!(whole.lacks(&reply(200, " v2.7\n")), None);
        let deep = wanted(json!({"version": "3", "version_at": "app.build"}));
        assert_eq!(deep.lacks(&reply(200, r#"{"app":{"build":3}}"#)), None);
    }

    #[test]
    fn without_conditions_200_is_healthy() {
        assert_eq!(Expectation::default().lacks(&reply(200, "")), None);
        assert!(Expectation::default().lacks(&reply(204, "")).is_some());
    }
}

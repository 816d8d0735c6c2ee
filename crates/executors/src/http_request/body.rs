//! What is sent, with its secrets put in at the last moment. It must not know where it goes.

use crate::http::Body;
use crate::secret_ref::resolve;
use serde_json::{Map, Value};
use windlass_ports::{Outcome, Secret, Secrets};

/// The key of an object that stands for a secret.
const SECRET: &str = "$secret";

/// How deep a body may be; a deeper one is an accident.
const DEPTH_MAX: usize = 32;

/// A value with its secrets, which `known` gets too, so that none is repeated elsewhere.
pub async fn filled(
    value: &Value,
    secrets: &dyn Secrets,
    known: &mut Vec<Secret>,
) -> Outcome<Value> {
    fill(value, secrets, known, 0).await
}

/// As it is sent: a text as it is, everything else as JSON.
pub fn sent(value: Option<Value>) -> Body {
    match value {
        None => Body::Empty,
        Some(Value::String(text)) => Body::Text(text),
        Some(value) => Body::Json(value),
    }
}

async fn fill(
    value: &Value,
    secrets: &dyn Secrets,
    known: &mut Vec<Secret>,
    depth: usize,
) -> Outcome<Value> {
    if depth > DEPTH_MAX {
        return Ok(value.clone());
    }
    Ok(match value {
        Value::Object(members) => match name_of(members) {
            Some(name) => {
                let secret = resolve(name, secrets).await?;
                let text = secret.expose().to_owned();
                known.push(secret);
                Value::String(text)
            }
            None => {
                let mut filled = Map::new();
                for (name, value) in members {
                    let value = Box::pin(fill(value, secrets, known, depth + 1)).await?;
                    filled.insert(name.clone(), value);
                }
                Value::Object(filled)
            }
        },
        Value::Array(list) => {
            let mut filled = Vec::new();
            for value in list {
                filled.push(Box::pin(fill(value, secrets, known, depth + 1)).await?);
            }
            Value::Array(filled)
        }
        value => value.clone(),
    })
}

fn name_of(members: &Map<String, Value>) -> Option<&str> {
    members.get(SECRET).filter(|_| members.len() == 1)?.as_str()
}

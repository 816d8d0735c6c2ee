//! B1: the keys of an account, listed by POST since they are secret. It must not know blobs.

use crate::arm::{ArmPath, resource_not_found};
use crate::http::Answer;
use crate::turn::Turn;
use serde_json::{Value, json};

/// Lists the keys.
pub fn list_keys(turn: &Turn<'_>, path: &ArmPath) -> Result<Answer, Answer> {
    let name = path.name(1);
    let found = turn.world.account(name);
    let Some(account) = found.filter(|known| known.group.eq_ignore_ascii_case(path.group())) else {
        return Err(resource_not_found("Microsoft.Storage/storageAccounts", name, path.group()));
    };
    let keys = account.keys.iter().enumerate().map(|(at, key)| {
        json!({
            "creationTime": "2023-02-25T00:47:21.3565619Z",
            "keyName": format!("key{}", at + 1),
            "value": key,
            "permissions": "FULL",
        })
    });
    Ok(Answer::json(200, json!({"keys": keys.collect::<Vec<Value>>()})))
}

//! A7, A8: the set of connection strings. It is always written whole, and listed by POST only.

use super::address::{Target, begin_write};
use super::body::{bad_value, check_name, properties};
use super::preview::refuse_prepared;
use super::stamp::stamped;
use crate::http::Answer;
use crate::ledger::{Effect, app_detail};
use crate::turn::Turn;
use crate::world::ConnectionString;
use indexmap::IndexMap;
use serde_json::{Value, json};

/// The types that the contract knows.
const KINDS: [&str; 11] = [
    "MySql",
    "SQLServer",
    "SQLAzure",
    "Custom",
    "NotificationHub",
    "ServiceBus",
    "EventHub",
    "ApiHub",
    "DocDb",
    "RedisCache",
    "PostgreSQL",
];

/// Lists them, values included.
pub fn list(turn: &Turn<'_>, target: &Target) -> Answer {
    let set = target.app(turn).map(|app| json!(app.connection_strings));
    target.config(turn, "connectionstrings", set.unwrap_or_else(|| json!({})))
}

/// Replaces the whole set. The answer carries the new stamp.
pub fn put(turn: &mut Turn<'_>, target: &Target) -> Result<Answer, Answer> {
    let wanted = parse(properties(turn.request)?)?;
    begin_write(turn, target)?;
    refuse_prepared(turn, target)?;
    let now = turn.now;
    let mut changed = Vec::new();
    if let Some(app) = turn.world.app_mut(&target.address) {
        let old = std::mem::replace(&mut app.connection_strings, wanted.clone());
        let names = old.keys().chain(wanted.keys());
        changed = names.filter(|name| old.get(*name) != wanted.get(*name)).cloned().collect();
        app.touch(now);
    }
    turn.launch(&target.address);
    if !changed.is_empty() {
        changed.sort();
        changed.dedup();
        let mut detail = app_detail(turn.world, &target.address);
        detail.insert("changed".into(), json!(changed));
        turn.record(Effect::ConnectionStringsSet, target.address.to_string(), detail);
    }
    Ok(stamped(list(turn, target), target.modified(turn)))
}

fn parse(
    set: serde_json::Map<String, Value>,
) -> Result<IndexMap<String, ConnectionString>, Answer> {
    let pairs = set.into_iter().map(|(name, given)| {
        check_name(&name)?;
        let (Some(value), Some(kind)) = (given["value"].as_str(), given["type"].as_str()) else {
            let message = format!("The connection string '{name}' needs a value and a type.");
            return Err(bad_value(&message));
        };
        let Some(kind) = KINDS.iter().find(|known| known.eq_ignore_ascii_case(kind)) else {
            return Err(bad_value(&format!("The type '{kind}' of '{name}' is not known.")));
        };
        Ok((name, ConnectionString { value: value.to_owned(), kind: (*kind).to_owned() }))
    });
    pairs.collect()
}

//! A5, A6: the set of app settings. It is always written whole, and listed by POST only.

use super::address::{Target, begin_write};
use super::body::{bad_value, check_name, properties};
use super::preview::refuse_prepared;
use super::stamp::stamped;
use crate::http::Answer;
use crate::ledger::{Effect, app_detail};
use crate::turn::Turn;
use indexmap::IndexMap;
use serde_json::{Value, json};

/// Lists them, values included.
pub fn list(turn: &Turn<'_>, target: &Target) -> Answer {
    let set = target.app(turn).map(|app| json!(app.app_settings));
    target.config(turn, "appsettings", set.unwrap_or_else(|| json!({})))
}

/// Replaces the whole set. The answer carries the *old* stamp; the next read has the new one.
pub fn put(turn: &mut Turn<'_>, target: &Target) -> Result<Answer, Answer> {
    let wanted = parse(properties(turn.request)?)?;
    begin_write(turn, target)?;
    refuse_prepared(turn, target)?;
    let (now, stamp_before) = (turn.now, target.modified(turn));
    let mut changed = Vec::new();
    if let Some(app) = turn.world.app_mut(&target.address) {
        let old = std::mem::replace(&mut app.app_settings, wanted.clone());
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
        turn.record(Effect::AppSettingsSet, target.address.to_string(), detail);
    }
    Ok(stamped(list(turn, target), stamp_before))
}

fn parse(set: serde_json::Map<String, Value>) -> Result<IndexMap<String, String>, Answer> {
    let pairs = set.into_iter().map(|(name, value)| {
        check_name(&name)?;
        match value {
            Value::String(value) => Ok((name, value)),
            Value::Number(value) => Ok((name, value.to_string())),
            Value::Bool(value) => Ok((name, value.to_string())),
            _ => Err(bad_value(&format!("The value of '{name}' is not a string."))),
        }
    });
    pairs.collect()
}

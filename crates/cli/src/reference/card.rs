//! One action as a card for a terminal: what it does, takes, gives, and how a rollback treats it.

use super::entry::Entry;
use super::words::{meaning, words};
use serde_json::Value;
use std::fmt::Write;

/// The card.
pub fn card(entry: &Entry) -> String {
    let mut out = String::new();
    // Writing into a String cannot fail.
    let _ = write_card(&mut out, entry);
    out
}

fn write_card(out: &mut String, entry: &Entry) -> std::fmt::Result {
    writeln!(out, "{}\n  {}\n", entry.kind, entry.summary)?;
    writeln!(out, "effect     {}", entry.effect_words())?;
    if let Some(guide) = &entry.guide {
        writeln!(out, "captures   {}", guide.captures)?;
        writeln!(out, "in doubt   {}", guide.doubt)?;
        if let Some(settle) = entry.settle_words() {
            writeln!(out, "           {settle}")?;
        }
        writeln!(out, "undo       {}", guide.undo)?;
        let needs = guide.permissions.join("\n           ");
        writeln!(out, "needs      {}", if needs.is_empty() { "nothing" } else { &needs })?;
    } else {
        writeln!(out, "undo       nothing to undo")?;
    }
    writeln!(out, "\nwith:")?;
    keys(out, &entry.input)?;
    writeln!(out, "\noutputs:")?;
    keys(out, &entry.output)?;
    writeln!(out, "\nexample:")?;
    for line in entry.example.trim_end().lines() {
        writeln!(out, "  {line}")?;
    }
    Ok(())
}

fn keys(out: &mut String, schema: &Value) -> std::fmt::Result {
    let all = schema.get("properties").and_then(Value::as_object);
    let Some(all) = all.filter(|all| !all.is_empty()) else {
        let open = schema.get("additionalProperties").is_some_and(|more| more != false);
        return writeln!(out, "  {}", if open { "any keys" } else { "nothing" });
    };
    let required = schema.get("required").and_then(Value::as_array);
    let needed = |key: &str| required.is_some_and(|all| all.iter().any(|name| name == key));
    let width = all.keys().map(|key| key.chars().count()).max().unwrap_or(0);
    for (key, property) in all {
        let star = if needed(key) { '*' } else { ' ' };
        let said = words(schema, property);
        let means = meaning(schema, property);
        let gap = if means.is_empty() { "" } else { ": " };
        writeln!(out, " {star}{key:width$}  {said}{gap}{means}")?;
    }
    if all.keys().any(|key| needed(key)) {
        writeln!(out, " (* is required)")?;
    }
    Ok(())
}

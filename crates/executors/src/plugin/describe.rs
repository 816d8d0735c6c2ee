//! A plug-in's offer, checked, as the specs that files are checked against. It must not know how
//! the offer was had.

use super::protocol::{Offer, OfferedAction, PROTOCOL};
use crate::shell::folder::is_name;
use serde_json::json;
use std::collections::BTreeMap;
use windlass_model::catalog::{ActionGuide, ActionTraits, plugin_of};
use windlass_model::time::parse_span;
use windlass_model::{ActionSpec, EffectClass, Value};

/// Actions of one plug-in: a list that nobody reads to its end helps nobody.
const ACTIONS_MAX: usize = 200;

/// Characters of a summary.
const SUMMARY_CHARS_MAX: usize = 500;

/// One action that a plug-in offers.
#[derive(Clone, Debug, PartialEq)]
pub struct Described {
    /// What files are checked against.
    pub spec: ActionSpec,
    /// Whether the plug-in itself reads what was before.
    pub captures: bool,
    /// Whether it answers `check`.
    pub checks: bool,
    /// Whether it answers `effects`.
    pub effects: bool,
    /// Whether it answers `verify`.
    pub verifies: bool,
}

/// All that a plug-in offers.
#[derive(Clone, Debug, PartialEq)]
pub struct Description {
    /// Variables that it asks to see.
    pub environment: Vec<String>,
    /// Whether the conformance kit can try it.
    pub trial: bool,
    /// Its actions by verb.
    pub actions: BTreeMap<String, Described>,
}

/// The offer of a plug-in; the error says what is wrong with it.
pub fn described(plugin: &str, offer: Offer) -> Result<Description, String> {
    if offer.protocol != PROTOCOL {
        return Err(format!(
            "it speaks version {} of the protocol, this windlass version {PROTOCOL}: bring the \
             older one of the two up to date",
            offer.protocol
        ));
    }
    for name in &offer.environment {
        if !is_name(name) || name.starts_with("WINDLASS_") {
            return Err(format!("it asks for the variable `{name}`, which it cannot have"));
        }
    }
    if offer.actions.is_empty() || offer.actions.len() > ACTIONS_MAX {
        return Err(format!("it offers {} actions: 1 to {ACTIONS_MAX}", offer.actions.len()));
    }
    let mut actions = BTreeMap::new();
    for action in offer.actions {
        let verb = action.verb.clone();
        let wrong = |why: String| format!("its action `{verb}`: {why}");
        let described = one(plugin, action).map_err(wrong)?;
        if actions.insert(verb.clone(), described).is_some() {
            return Err(format!("it offers `{verb}` twice"));
        }
    }
    Ok(Description { environment: offer.environment, trial: offer.trial, actions })
}

fn one(plugin: &str, action: OfferedAction) -> Result<Described, String> {
    let kind = format!("{plugin}/{}", action.verb);
    if plugin_of(&kind).is_none() {
        return Err("a verb has lower case letters, digits and `_`".to_owned());
    }
    let summary = action.summary.trim();
    if summary.is_empty() || summary.chars().count() > SUMMARY_CHARS_MAX {
        return Err(format!("`summary` has 1 to {SUMMARY_CHARS_MAX} characters"));
    }
    let nothing = json!({"type": "object", "properties": {}, "additionalProperties": false});
    let output = action.output.clone().unwrap_or(nothing);
    for (what, schema) in [("input", &action.input), ("output", &output)] {
        if schema.get("type").and_then(Value::as_str) != Some("object") {
            return Err(format!("the schema `{what}` must say `\"type\": \"object\"`"));
        }
    }
    if action.compensates && action.class != EffectClass::Reversible {
        return Err("only what is `reversible` can say `compensates`".to_owned());
    }
    if action.compensates && !action.captures {
        return Err("`compensates` needs `captures`: the way back needs what was before".to_owned());
    }
    let settle_ms = match &action.settle {
        Some(text) => parse_span(text).ok_or_else(|| format!("`settle`: `{text}` is no span"))?,
        None => 0,
    };
    let text = |key: &str, usual: &str| {
        let said = action.guide.get(key).and_then(Value::as_str);
        said.unwrap_or(usual).trim_end_matches('.').to_owned()
    };
    let permissions = action.guide.get("permissions").and_then(Value::as_array);
    let permissions = permissions.into_iter().flatten().filter_map(Value::as_str);
    let guide = ActionGuide {
        captures: text("captures", if action.captures { "what it will change" } else { "nothing" }),
        doubt: text("doubt", "the plug-in looks"),
        undo: text("undo", if action.compensates { "the plug-in puts it back" } else { "nothing" }),
        permissions: permissions.map(str::to_owned).collect(),
    };
    let example = action.example.clone();
    let spec = ActionSpec {
        example: example.unwrap_or_else(|| format!("- id: {}\n  uses: {kind}\n", action.verb)),
        kind,
        summary: summary.to_owned(),
        input: action.input,
        output,
        traits: ActionTraits {
            class: action.class,
            // Effects are asked for while one captures: before the intent, and never in its way.
            captures: action.captures || action.effects,
            compensates: action.compensates,
            compensates_in_progress: action.compensates_in_progress,
            idempotent: action.idempotent || action.class == EffectClass::ReadOnly,
            settle_ms,
        },
        guide,
    };
    Ok(Described {
        spec,
        captures: action.captures,
        checks: action.checks,
        effects: action.effects,
        verifies: action.verifies,
    })
}

/// What an output lacks of what its schema promises to later steps; none where it is whole.
pub fn lacks(output: &Value, schema: &Value) -> Option<String> {
    let Some(map) = output.as_object() else { return Some("it is no map".to_owned()) };
    let required = schema.get("required").and_then(Value::as_array);
    let required = required.into_iter().flatten().filter_map(Value::as_str);
    if let Some(key) = { required }.find(|key| !map.contains_key(*key)) {
        return Some(format!("it lacks `{key}`"));
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    for (key, property) in properties.into_iter().flatten() {
        let (Some(value), Some(ty)) = (map.get(key), property.get("type").and_then(Value::as_str))
        else {
            continue;
        };
        let fits = match ty {
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            "array" => value.is_array(),
            "object" => value.is_object(),
            _ => true,
        };
        if !fits {
            return Some(format!("`{key}` must be of type {ty}"));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(change: impl FnOnce(&mut Value)) -> Result<Description, String> {
        let mut offer = json!({"protocol": 1, "actions": [{
            "verb": "write", "summary": "Writes.", "input": {"type": "object"},
            "class": "reversible", "captures": true, "compensates": true, "settle": "30s",
        }]});
        change(&mut offer);
        described("acme.thing", serde_json::from_value(offer).unwrap())
    }

    #[test]
    fn an_offer_becomes_specs() {
        let description = offer(|_| {}).unwrap();
        let spec = &description.actions["write"].spec;
        assert_eq!(spec.kind, "acme.thing/write");
        assert_eq!(spec.traits.settle_ms, 30_000);
        let effects = offer(|offer| {
            offer["actions"][0]["captures"] = false.into();
            offer["actions"][0]["compensates"] = false.into();
            offer["actions"][0]["effects"] = true.into();
        });
        let described = &effects.unwrap().actions["write"];
        assert!(described.spec.traits.captures && !described.captures);
    }

    #[test]
    fn what_cannot_be_trusted_is_refused_with_the_reason() {
        let refused = |change: &dyn Fn(&mut Value), word: &str| {
            let why = offer(change).unwrap_err();
            assert!(why.contains(word), "{why}");
        };
        refused(&|offer| offer["protocol"] = 2.into(), "version 2");
        refused(&|offer| offer["environment"] = json!(["WINDLASS_X"]), "WINDLASS_X");
        refused(&|offer| offer["actions"] = json!([]), "0 actions");
        refused(&|offer| offer["actions"][0]["captures"] = false.into(), "captures");
        refused(&|offer| offer["actions"][0]["class"] = "irreversible".into(), "reversible");
        refused(&|offer| offer["actions"][0]["verb"] = "No".into(), "lower case");
        refused(&|offer| offer["actions"][0]["input"] = json!({}), "object");
        refused(&|offer| offer["actions"][0]["settle"] = "soon".into(), "soon");
        let twice = |offer: &mut Value| {
            let one = offer["actions"][0].clone();
            offer["actions"] = json!([one, one]);
        };
        refused(&twice, "twice");
    }

    #[test]
    fn an_output_keeps_what_its_schema_promises() {
        let schema = json!({"required": ["id"], "properties": {"id": {"type": "integer"}}});
        assert_eq!(lacks(&json!({"id": 1, "more": 2}), &schema), None);
        assert!(lacks(&json!({}), &schema).unwrap().contains("`id`"));
        assert!(lacks(&json!({"id": "1"}), &schema).unwrap().contains("integer"));
        assert!(lacks(&json!("text"), &schema).is_some());
    }
}

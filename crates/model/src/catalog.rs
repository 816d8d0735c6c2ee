//! What actions and resource types declare about themselves, as data.
//!
//! Executors fill it, the file reader checks against it, the engine and the prover go by it; none
//! needs the other's code for that.

use crate::id::ActionKind;
use crate::time::Millis;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// What an action does to the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectClass {
    /// Changes nothing; nothing to undo, nothing to doubt.
    ReadOnly,
    /// Changes the world and can put it back.
    Reversible,
    /// Changes the world for good: a point of no return.
    Irreversible,
}

/// What the engine's pure part must know of an action; kept with each run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionTraits {
    /// Its effect class.
    pub class: EffectClass,
    /// Whether it reads previous state before it acts. One that does not gets its intent written
    /// together with the outcome of the step before it.
    pub captures: bool,
    /// Whether `compensate` does anything.
    pub compensates: bool,
    /// Whether a compensation may begin while the remote operation still runs (deleting a copy
    /// cancels it).
    pub compensates_in_progress: bool,
    /// Whether sending it twice has the effect of once.
    pub idempotent: bool,
    /// How long after the intent a probe's "absent" still proves nothing, in milliseconds.
    pub settle_ms: Millis,
}

/// What people ask of an action before they trust it. Each text completes a sentence and has no
/// full stop.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionGuide {
    /// What it reads before it acts, for the way back.
    pub captures: String,
    /// How doubt about an attempt is settled.
    pub doubt: String,
    /// What its own compensation does.
    pub undo: String,
    /// What whoever runs it must be allowed to do, one entry a permission.
    pub permissions: Vec<String>,
}

impl ActionGuide {
    /// All of it.
    pub fn new(captures: &str, doubt: &str, undo: &str, permissions: &[&str]) -> Self {
        Self {
            captures: captures.to_owned(),
            doubt: doubt.to_owned(),
            undo: undo.to_owned(),
            permissions: permissions.iter().map(|text| (*text).to_owned()).collect(),
        }
    }
}

/// The description of one action.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActionSpec {
    /// Its kind, for example `azure.sql.copy_database`.
    pub kind: ActionKind,
    /// One sentence.
    pub summary: String,
    /// JSON Schema of its input. A property `"x-resource": "azure.app_service"` names a resource of
    /// that type.
    pub input: Value,
    /// JSON Schema of its output.
    pub output: Value,
    /// What the engine goes by.
    pub traits: ActionTraits,
    /// What people ask of it.
    #[serde(default)]
    pub guide: ActionGuide,
    /// A step as one would write it, in YAML.
    pub example: String,
}

/// A field of the world model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldSpec {
    /// `bool`, `string`, `int` or `map`.
    pub ty: String,
    /// One sentence.
    pub summary: String,
}

/// The description of a resource type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResourceSpec {
    /// For example `azure.app_service`.
    pub kind: String,
    /// One sentence.
    pub summary: String,
    /// Its fields, which invariants and effects speak about.
    pub fields: BTreeMap<String, FieldSpec>,
    /// JSON Schema of its binding in an environment file.
    pub binding: Value,
}

/// A section of an environment file that an executor family owns (`azure`, `azure_devops`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProviderSpec {
    /// The section's key.
    pub key: String,
    /// One sentence.
    pub summary: String,
    /// JSON Schema of the section.
    pub settings: Value,
}

/// Everything that can be named in a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Catalog {
    /// Actions by kind.
    pub actions: BTreeMap<ActionKind, ActionSpec>,
    /// Resource types by kind.
    pub resources: BTreeMap<String, ResourceSpec>,
    /// Environment sections by key.
    pub providers: BTreeMap<String, ProviderSpec>,
    /// Actions of plug-ins that were looked for and cannot be used, each with the reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub refused: BTreeMap<ActionKind, String>,
}

/// What stands before a plug-in's name in the name of its program.
pub const PLUGIN_PREFIX: &str = "windlass-action-";

/// The plug-in and its verb, where a kind is one of a plug-in: `acme.thing/write`.
pub fn plugin_of(kind: &str) -> Option<(&str, &str)> {
    let word = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    let (plugin, verb) = kind.split_once('/')?;
    (plugin.split('.').all(word) && word(verb)).then_some((plugin, verb))
}

#[cfg(test)]
mod tests {
    use super::plugin_of;

    #[test]
    fn a_plug_ins_kind_has_a_slash_and_is_no_path() {
        assert_eq!(plugin_of("acme.thing/write"), Some(("acme.thing", "write")));
        assert_eq!(plugin_of("acme/do_it2"), Some(("acme", "do_it2")));
        for text in
            ["acme.write", "./write", "acme/write.yaml", "acme/", "a/b/c", "Acme/x", "a..b/c"]
        {
            assert_eq!(plugin_of(text), None, "{text}");
        }
    }
}

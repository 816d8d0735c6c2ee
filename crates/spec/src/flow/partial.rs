//! What can be read of an environment file that is broken in places, and what cannot: nothing that
//! depends on a broken part is judged by anybody.

use super::lenient::lenient;
use crate::keys::{EnvironmentFile, ResourceFile};
use crate::nearest::nearest;
use crate::shape::environment_schema;
use crate::yaml::{Entry, Yaml, YamlKind};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// The parts of an environment file that nobody can rely on.
#[derive(Clone, Debug, Default)]
pub struct Unsure {
    /// Keys of the file that could not be read, or that a misspelt key seems to mean.
    pub keys: BTreeSet<String>,
    /// Resources whose binding is broken.
    pub resources: BTreeSet<String>,
}

impl Unsure {
    /// Whether a key of the file may say what is not known.
    pub fn key(&self, key: &str) -> bool {
        self.keys.contains(key)
    }

    /// Whether what a resource is bound to is not known.
    pub fn resource(&self, name: &str) -> bool {
        self.key("resources") || self.resources.contains(name)
    }

    /// Takes a key that does not exist for the one that it seems to mean.
    pub fn misspelt(&mut self, key: &str, tree: &Yaml, known: &[&str]) {
        let missing = known.iter().copied().filter(|known| tree.get(known).is_none());
        if let Some(meant) = nearest(key, missing) {
            self.keys.insert(meant.to_owned());
        }
    }
}

/// Reads key by key, so that one that cannot be read costs itself only.
pub fn read_keys(tree: &Yaml, unsure: &mut Unsure) -> Option<EnvironmentFile> {
    let mut sound: Vec<Entry> = Vec::new();
    for entry in tree.entries() {
        if entry.key != "resources" {
            match decodes(entry, tree) {
                true => sound.push(entry.clone()),
                false => _ = unsure.keys.insert(entry.key.clone()),
            }
        }
    }
    let whole = Yaml { kind: YamlKind::Map(sound), span: tree.span };
    let mut file: EnvironmentFile = lenient(&whole, environment_schema(), environment_schema())?;
    file.resources = resources(tree, unsure);
    Some(file)
}

/// Whether the file could be read if it held nothing but this key.
fn decodes(entry: &Entry, tree: &Yaml) -> bool {
    let alone = Yaml { kind: YamlKind::Map(vec![entry.clone()]), span: tree.span };
    lenient::<EnvironmentFile>(&alone, environment_schema(), environment_schema()).is_some()
}

fn resources(tree: &Yaml, unsure: &mut Unsure) -> BTreeMap<String, ResourceFile> {
    let Some(all) = tree.get("resources") else { return BTreeMap::new() };
    if !matches!(all.kind, YamlKind::Map(_)) {
        unsure.keys.insert("resources".to_owned());
    }
    let schema = json!({ "$ref": "#/$defs/ResourceFile" });
    let mut read = BTreeMap::new();
    for entry in all.entries() {
        match lenient::<ResourceFile>(&entry.value, environment_schema(), &schema) {
            Some(one) => _ = read.insert(entry.key.clone(), one),
            None => _ = unsure.resources.insert(entry.key.clone()),
        }
    }
    read
}

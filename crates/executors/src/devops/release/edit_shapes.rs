//! `azure_devops.release.edit`: its input, what it captures, its output, its description.

use super::releases::{ReleaseRef, release_ref_schema};
use crate::schema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::{ActionSpec, EffectClass};

/// The action's kind.
pub const KIND: &str = "azure_devops.release.edit";

/// How long a request may still be on its way.
const SETTLE_MS: u64 = 120_000;

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The release.
    pub release: ReleaseRef,
    /// What its stages are to do, by their names.
    pub stages: BTreeMap<String, Wanted>,
}

/// What a stage is to do.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Whether it stops and starts no app.
    #[serde(default)]
    pub stop_nothing: bool,
    /// The slot that it deploys to.
    pub slot: Option<String>,
    /// The resource group of the app, which a task needs that deploys to a slot.
    pub resource_group: Option<String>,
}

/// One task of a stage, and what of it changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The release's stage.
    pub stage: u64,
    /// The place of its phase.
    pub phase: usize,
    /// The place of the task in the phase.
    pub task: usize,
    /// The task's name.
    pub name: String,
    /// What kind of task.
    pub task_id: String,
    /// Whether it runs: before and afterwards.
    pub enabled: (bool, bool),
    /// Its inputs that change: before, where there was one, and afterwards.
    pub inputs: BTreeMap<String, (Option<String>, String)>,
}

/// What was before, and what is to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Before {
    /// The release's name.
    pub name: String,
    /// What changes.
    pub changes: Vec<Change>,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The release's number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// The tasks that are changed.
    pub tasks: Vec<String>,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    let stage = json!({
        "type": "object",
        "properties": {
            "stop_nothing": schema::boolean("whether it stops and starts no app"),
            "slot": schema::text("the slot that it deploys to"),
            "resource_group": schema::text("the app's resource group, where a slot is given"),
        },
        "additionalProperties": false,
        "description": "what the stage is to do",
    });
    let tasks = || -> Value { schema::list(schema::text("a task"), "the tasks that are changed") };
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Changes the tasks of one release's stages: they stop nothing, or deploy to a \
                  slot. The definition and other releases stay as they are."
            .to_owned(),
        input: schema::object(
            [
                ("release", release_ref_schema("the release")),
                ("stages", schema::map(stage, "what its stages are to do, by their names")),
            ],
            &["release", "stages"],
        ),
        output: schema::object(
            [
                ("id", schema::int("the release's number")),
                ("name", schema::text("its name")),
                ("tasks", tasks()),
            ],
            &["id", "name", "tasks"],
        ),
        traits: ActionTraits {
            class: EffectClass::Reversible,
            captures: true,
            compensates: true,
            compensates_in_progress: false,
            idempotent: true,
            settle_ms: SETTLE_MS,
        },
        guide: ActionGuide::new(
            "the tasks that change, as they were",
            "reads the release and compares its tasks",
            "sets those tasks back that are still ours",
            &[
                "PAT scope Release (read, write and execute)",
                "the right to manage releases of the definition",
            ],
        ),
        example: format!(
            "- id: midday\n  uses: {KIND}\n  with:\n    release: \
             \"${{{{ steps.release.outputs }}}}\"\n    stages:\n      rnapi: {{ stop_nothing: \
             true, slot: midday, resource_group: rg-prod }}\n"
        ),
    }
}

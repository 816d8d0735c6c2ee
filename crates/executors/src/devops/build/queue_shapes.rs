//! `azure_devops.build.queue`: its input, what it captures, its description.

use super::find_latest::build_schema;
use crate::devops::definition_ref::{DefinitionRef, definition_schema};
use crate::schema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::{ActionSpec, EffectClass};

/// The action's kind.
pub const KIND: &str = "azure_devops.build.queue";

/// How long a request may still be on its way.
const SETTLE_MS: u64 = 120_000;

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The branch.
    pub branch: String,
    /// The commit; the branch's newest where absent.
    pub commit: Option<String>,
    /// The build definition; the section's where absent.
    pub definition: Option<DefinitionRef>,
    /// Variables to set, by name.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// A variable that may be set when a build is queued, which gets our id.
    pub id_variable: Option<String>,
}

/// What was before.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// The definition's number.
    pub definition: u64,
    /// The last build of the branch.
    pub last: u64,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    let values = schema::map(schema::text("a value"), "variables to set, by name");
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Queues a build of a branch, and does not wait for it. Undone by cancelling it."
            .to_owned(),
        input: schema::object(
            [
                ("branch", schema::text("the branch")),
                ("commit", schema::text("the commit; the branch's newest where absent")),
                (
                    "definition",
                    definition_schema("the build definition; the section's where absent"),
                ),
                ("variables", values),
                (
                    "id_variable",
                    schema::text(
                        "a variable that may be set when a build is queued: it gets our id, by \
                         which a build whose answer was lost is found",
                    ),
                ),
            ],
            &["branch"],
        ),
        output: build_schema(),
        traits: ActionTraits {
            class: EffectClass::Reversible,
            captures: true,
            compensates: true,
            compensates_in_progress: false,
            idempotent: false,
            settle_ms: SETTLE_MS,
        },
        guide: ActionGuide::new(
            "the last build of the branch",
            "looks among newer builds for our tag, and for our id in id_variable; another new \
             build that somebody queued by hand leaves it to a human",
            "cancels the build where it is not over",
            &["PAT scope Build (read and execute)", "the right to queue builds"],
        ),
        example: format!("- id: build\n  uses: {KIND}\n  with: {{ branch: prod }}\n"),
    }
}

//! `azure_devops.git.merge`: its input, what it captures, its output, its description.

use crate::schema;
use serde::{Deserialize, Serialize};
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::{ActionSpec, EffectClass};

/// The action's kind.
pub const KIND: &str = "azure_devops.git.merge";

/// How long a request may still be on its way.
const SETTLE_MS: u64 = 120_000;

/// What keeps a push from being built.
const SKIP_CI: &str = "[skip ci]";

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The branch that is merged.
    pub from: String,
    /// The branch that gets it.
    pub into: String,
    /// The commit that must be the newest of `from`.
    pub commit: Option<String>,
    /// The message.
    pub message: Option<String>,
    /// Whether the merge keeps builds from starting.
    #[serde(default = "yes")]
    pub skip_ci: bool,
    /// The repository.
    pub repository: Option<String>,
}

fn yes() -> bool {
    true
}

impl Input {
    /// The first line of the message.
    pub fn title(&self) -> String {
        let default = || format!("Merge {} into {}", self.from, self.into);
        let title = self.message.clone().unwrap_or_else(default);
        match self.skip_ci && !title.to_lowercase().contains(SKIP_CI) {
            true => format!("{title} {SKIP_CI}"),
            false => title,
        }
    }
}

/// What was before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Before {
    /// The commit that is merged.
    pub commit: String,
    /// What `into` named.
    pub head: String,
    /// Whether it stood on the commit already.
    pub contained: bool,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// What `into` names with the merge in it.
    pub commit: String,
    /// What `into` named before.
    pub before: String,
    /// The commit that was merged.
    pub merged: String,
    /// Whether this step made the merge.
    pub created: bool,
}

/// The merge that is followed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Handle {
    /// Its number.
    pub merge: u64,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    let skip = "whether its message says [skip ci], so that no build starts";
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Merges one branch into another with a real merge commit, without a pull \
                  request; a conflict changes nothing."
            .to_owned(),
        input: schema::object(
            [
                ("from", schema::text("the branch that is merged")),
                ("into", schema::text("the branch that gets it")),
                (
                    "commit",
                    schema::text(
                        "the commit that is meant: refused where it is not the newest of `from`",
                    ),
                ),
                ("message", schema::text("the message; Merge FROM into INTO where absent")),
                ("skip_ci", schema::with_default(schema::boolean(skip), true)),
                ("repository", schema::text("the repository; the section's where absent")),
            ],
            &["from", "into"],
        ),
        output: schema::object(
            [
                ("commit", schema::text("the commit of `into` that has the merge in it")),
                ("before", schema::text("what `into` named before")),
                ("merged", schema::text("the commit that was merged")),
                ("created", schema::boolean("whether this step made the merge")),
            ],
            &["commit", "before", "merged", "created"],
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
            "the newest commits of both branches",
            "asks whether `into` stands on the merged commit; a merge commit that no branch names \
             is forgotten",
            "moves `into` back where nothing was built on the merge; refused where something was",
            &["PAT scope Code (read, write and manage)", "the right to bypass branch policies"],
        ),
        example: format!("- id: merge\n  uses: {KIND}\n  with: {{ from: main, into: prod }}\n"),
    }
}

//! `shell`: its input, its output, its description.

use crate::schema;
use crate::secret_ref::TextOrSecret;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::{ActionSpec, EffectClass};
use windlass_sys::ProcessId;

/// The action's kind.
pub const KIND: &str = "shell";

/// The shell where the file names none: every machine has it.
const SHELL: &str = "sh";

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The script. No value is ever pasted into it.
    pub run: String,
    /// Its variables.
    #[serde(default)]
    pub env: BTreeMap<String, TextOrSecret>,
    /// Where it runs.
    pub dir: Option<String>,
    /// What runs it.
    #[serde(default = "shell")]
    pub shell: String,
}

fn shell() -> String {
    SHELL.to_owned()
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// Its exit status.
    pub exit_status: i32,
    /// The end of what it printed, without secrets.
    pub stdout: String,
    /// What it wrote to `$WINDLASS_OUTPUT`, by name.
    pub outputs: BTreeMap<String, String>,
}

/// Which process leads the script's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Handle {
    /// Number, start time and boot.
    pub process: ProcessId,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    let value = json!({
        "type": ["string", "number", "boolean", "object"],
        "description": "a value, or a secret as ${{ env.secrets.NAME }}",
    });
    let named = schema::text("a line `name=value` that it wrote to the file $WINDLASS_OUTPUT");
    let output = schema::object(
        [
            ("exit_status", schema::int("its exit status")),
            ("stdout", schema::text("the end of what it printed")),
            ("outputs", schema::map(named, "what it gave, by name")),
        ],
        &["exit_status", "stdout", "outputs"],
    );
    ActionSpec {
        kind: KIND.to_owned(),
        summary:
            "Runs a script. Values reach it through `env` only; it fails with any exit status \
         but 0, and exit status \
                  75 means that it did nothing and may be tried again."
                .to_owned(),
        input: schema::object(
            [
                ("run", schema::text("the script")),
                ("env", schema::map(value, "its variables")),
                (
                    "dir",
                    schema::with_default(
                        schema::path("where it runs; absent: the folder of the workflow's file"),
                        ".",
                    ),
                ),
                ("shell", schema::with_default(schema::text("what runs it"), SHELL)),
            ],
            &["run"],
        ),
        output,
        traits: ActionTraits {
            class: EffectClass::Reversible,
            captures: false,
            compensates: false,
            compensates_in_progress: false,
            idempotent: false,
            settle_ms: 0,
        },
        guide: ActionGuide::new(
            "nothing",
            "a script that was in flight is ended with its whole tree; a human decides, unless \
             the step is `idempotent`",
            "only what `compensate:` says",
            &["those of the user who runs windlass"],
        ),
        example: "- id: greet\n  run: echo \"hello, $NAME\"\n  env: { NAME: world }\n".to_owned(),
    }
}

//! `azure_devops.pipeline.run`: its input, what it captures, its output, its description.

use crate::devops::definition_ref::{DefinitionRef, definition_schema};
use crate::schema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::{ActionSpec, EffectClass};

/// The action's kind.
pub const KIND: &str = "azure_devops.pipeline.run";

/// How long a request may still be on its way.
const SETTLE_MS: u64 = 120_000;

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The pipeline.
    pub pipeline: DefinitionRef,
    /// The branch.
    pub branch: Option<String>,
    /// Variables to set, by name.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// The parameters of its template.
    #[serde(default)]
    pub template_parameters: BTreeMap<String, Value>,
    /// Stages that it leaves out.
    #[serde(default)]
    pub stages_to_skip: Vec<String>,
    /// A variable that may be set when a run is queued, which gets our id.
    pub id_variable: Option<String>,
}

/// What was before.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// The pipeline's number.
    pub pipeline: u64,
    /// The last run.
    pub last: u64,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The run's number.
    pub id: u64,
    /// Its name.
    pub name: String,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    let values = |what: &str| schema::map(schema::text("a value"), what);
    let parameters =
        schema::map(json!({"description": "a value"}), "the parameters of its template, by name");
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Begins a run of a YAML pipeline; azure_devops.build.wait follows it. Undone by \
                  cancelling it."
            .to_owned(),
        input: schema::object(
            [
                ("pipeline", definition_schema("the pipeline")),
                ("branch", schema::text("the branch; the pipeline's own where absent")),
                ("variables", values("variables to set, by name")),
                ("template_parameters", parameters),
                (
                    "stages_to_skip",
                    schema::list(schema::text("a stage"), "stages that it leaves out"),
                ),
                (
                    "id_variable",
                    schema::text(
                        "a variable that may be set when a run is queued: it gets our id, by \
                         which a run whose answer was lost is found",
                    ),
                ),
            ],
            &["pipeline"],
        ),
        output: schema::object(
            [("id", schema::int("the run's number")), ("name", schema::text("its name"))],
            &["id", "name"],
        ),
        traits: ActionTraits {
            class: EffectClass::Reversible,
            captures: true,
            compensates: true,
            compensates_in_progress: false,
            idempotent: false,
            settle_ms: SETTLE_MS,
        },
        guide: ActionGuide::new(
            "the last run of the pipeline",
            "looks among newer runs for our id in id_variable; another new run leaves it to a \
             human",
            "cancels the run where it is at work; what a run did stays",
            &["PAT scope Build (read and execute)", "the right to queue runs of the pipeline"],
        ),
        example: format!(
            "- id: smoke\n  uses: {KIND}\n  with: {{ pipeline: Dispatcher-Smoke, branch: prod }}\n"
        ),
    }
}

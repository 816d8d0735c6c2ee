//! The keys of an environment file. Sections of providers (`azure`, …) come from the catalog.

use super::workflow::InvariantFile;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::PathBuf;
use windlass_model::Confirm;

/// An environment: where a workflow runs, and what must hold there whatever runs. Beside these keys
/// stand the sections of what it speaks to (`azure`, `azure_devops`, `postgres`, `smtp`, `lock`),
/// as docs/actions/resources.md has them.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[schemars(title = "an environment")]
pub struct EnvironmentFile {
    /// A sentence for humans.
    #[serde(default)]
    pub description: Option<String>,
    /// How `--yes` is understood: `strict` (where absent) leaves approvals and irreversible steps
    /// to humans.
    #[serde(default)]
    #[schemars(with = "Option<ConfirmWord>")]
    pub confirm: Option<Confirm>,
    /// `auto` starts the built-in simulator where it does not run.
    #[serde(default)]
    pub simulator: Option<SimulatorWord>,
    /// Divides every wait of the clock: 60 lets a minute pass in a second.
    #[serde(default)]
    #[schemars(range(min = 0.001, max = 1000000.0))]
    pub time_scale: Option<f64>,
    /// Where virtual time begins, in RFC 3339: `2026-03-07T02:59:00Z`.
    #[serde(default)]
    pub clock_start: Option<String>,
    /// The IANA zone of `run.date` and of waits: `Europe/Berlin`. UTC where absent.
    #[serde(default)]
    pub zone: Option<String>,
    /// Other IANA zones in which times are shown to humans, beside `zone` and UTC.
    #[serde(default)]
    pub show_zones: Vec<String>,
    /// Values that expressions see as `env.NAME`.
    #[serde(default)]
    pub values: Map<String, Value>,
    /// Names of secrets and where each is found: `env:NAME`, `file:PATH` or `command:…`. Never the
    /// secret itself.
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
    /// Roles and the people who have them.
    #[serde(default)]
    pub approvers: BTreeMap<String, Vec<String>>,
    /// Defaults of inputs; they go before those of the workflow.
    #[serde(default)]
    pub inputs: Map<String, Value>,
    /// What rehearsals of a workflow, by its name, find done already: other workflows, in order.
    #[serde(default)]
    pub before: BTreeMap<String, Vec<BeforeFile>>,
    /// Real things by the names that workflows know them by.
    #[serde(default)]
    pub resources: BTreeMap<String, ResourceFile>,
    /// What must hold at every moment of every run here.
    #[serde(default)]
    pub invariants: Vec<InvariantFile>,
    /// Sections of providers.
    #[serde(flatten)]
    #[schemars(skip)]
    pub providers: BTreeMap<String, Value>,
}

/// A workflow that has run in a rehearsal's world before another one begins there.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "what happened before")]
pub struct BeforeFile {
    /// The workflow's file, from the folder of the environment file on.
    pub file: PathBuf,
    /// The step that went wrong, as `rehearse --fail` names it; all went well where absent.
    #[serde(default)]
    pub fail: Option<String>,
}

/// A real thing: its `kind`, and the keys that the kind asks for.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[schemars(title = "a resource")]
pub struct ResourceFile {
    /// The resource type, for example `azure.app_service`.
    pub kind: String,
    /// What the type asks for.
    #[serde(flatten)]
    pub settings: Map<String, Value>,
}

/// How the simulator is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SimulatorWord {
    /// It is started where it does not run.
    Auto,
    /// It is not used (where absent).
    Off,
}

/// Stands in the schema for the model's own word, which knows no schemas.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case", rename = "Confirm")]
pub enum ConfirmWord {
    /// `--yes` answers neither approvals nor irreversible steps.
    Strict,
    /// `--yes` answers them all.
    Relaxed,
}

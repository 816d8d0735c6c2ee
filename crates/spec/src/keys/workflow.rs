//! The keys of a workflow file.

use super::bounds::{PARALLEL_MAX, STEPS_WRITTEN_MAX};
use super::scalars::{Condition, Words};
use super::step::StepFile;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use windlass_model::workflow::OnFailure;

/// A workflow: steps, what they run with, and what must hold meanwhile.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "a workflow")]
pub struct WorkflowFile {
    /// Its name: lower case letters, digits and `_`.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,63}$"))]
    pub name: String,
    /// A sentence for humans.
    #[serde(default)]
    pub description: Option<String>,
    /// An exclusive lock within the environment, held until the run ends. A second run queues.
    #[serde(default)]
    #[schemars(regex(pattern = r"^[a-z0-9][a-z0-9_-]{0,63}$"))]
    pub environment: Option<String>,
    /// Who may start it.
    #[serde(default)]
    pub roles: Option<Words>,
    /// What a failed step means: `stop` (where absent) keeps the lock so that `resume` tries again.
    #[serde(default)]
    #[schemars(with = "Option<OnFailureWord>")]
    pub on_failure: Option<OnFailure>,
    /// Steps in flight at once in the whole run; 8 where absent.
    #[serde(default)]
    #[schemars(range(min = 1, max = PARALLEL_MAX))]
    pub max_parallel: Option<u32>,
    /// What a run is started with, by name.
    #[serde(default)]
    pub inputs: BTreeMap<String, InputFile>,
    /// What the run touches: a name of your choice and its type. The environment file binds each to
    /// a real thing.
    #[serde(default)]
    pub resources: BTreeMap<String, String>,
    /// What must hold at every moment; those of the environment hold too.
    #[serde(default)]
    pub invariants: Vec<InvariantFile>,
    /// What the world is like when a run begins. It is compared then: where it is otherwise nothing
    /// is begun, and what cannot be seen is said. Of a workflow that is called it is left out.
    #[serde(default)]
    pub given: Vec<GivenFile>,
    /// What a workflow that calls this one sees as `steps.ID.outputs.NAME`: values over the steps.
    #[serde(default)]
    pub outputs: Map<String, Value>,
    /// The steps. Each needs the one before it, unless its `needs` says otherwise.
    #[schemars(length(min = 1, max = STEPS_WRITTEN_MAX))]
    pub steps: Vec<StepFile>,
}

/// An input: its type, and what values it takes.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "an input")]
pub struct InputFile {
    /// Its type.
    #[serde(rename = "type")]
    pub ty: InputType,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// Its value where none is given. An environment file's `inputs` go before it.
    #[serde(default)]
    pub default: Option<Value>,
    /// The smallest number.
    #[serde(default)]
    pub min: Option<f64>,
    /// The largest number.
    #[serde(default)]
    pub max: Option<f64>,
    /// A regular expression that a text must match.
    #[serde(default)]
    pub pattern: Option<String>,
    /// The only values allowed.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub options: Option<Vec<Value>>,
}

/// The type of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InputType {
    /// A text.
    String,
    /// A whole number.
    Int,
    /// Any number.
    Number,
    /// `true` or `false`.
    Bool,
    /// A list of texts; on the command line with commas between.
    List,
}

/// What must hold at every moment of a run.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "an invariant")]
pub struct InvariantFile {
    /// Its name.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,63}$"))]
    pub id: String,
    /// The resources that `item` stands for in turn.
    #[serde(default)]
    pub for_each: Option<Words>,
    /// An expression over fields of the world that must never hold.
    #[serde(default)]
    pub never: Option<Condition>,
    /// An expression over fields of the world that must always hold.
    #[serde(default)]
    pub always: Option<Condition>,
}

/// What the world is like when a run begins.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "something given")]
pub struct GivenFile {
    /// The resources that `item` stands for in turn.
    #[serde(default)]
    pub for_each: Option<Words>,
    /// An expression over fields of the world that holds: `resources.db.online`.
    pub that: Condition,
}

/// Stands in the schema for the model's own word, which knows no schemas.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case", rename = "OnFailure")]
pub enum OnFailureWord {
    /// The run stops and keeps its lock.
    Stop,
    /// The run rolls back.
    Rollback,
}

//! Where a workflow runs: bindings of resources, the settings of the executors, how strictly humans
//! are asked.
//!
//! It holds names of secrets, never secrets: the resolved environment is stored with each run.

use crate::time::{Millis, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// How `--yes` is understood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confirm {
    /// `--yes` answers neither approvals nor irreversible steps.
    #[default]
    Strict,
    /// `--yes` answers them all.
    Relaxed,
}

/// A resource's real thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Binding {
    /// The resource type, for example `azure.app_service`.
    pub kind: String,
    /// The keys of the environment file, checked against the type's schema.
    pub settings: Map<String, Value>,
}

/// The resolved environment of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    /// Its name: the file's name without its ending; `local` where no file was given.
    pub name: String,
    /// How strictly humans are asked.
    #[serde(default)]
    pub confirm: Confirm,
    /// Whether the built-in simulator is started when it does not run.
    #[serde(default)]
    pub simulator: bool,
    /// Virtual milliseconds that pass in one real one; absent is 1.
    #[serde(default)]
    pub time_scale: Option<f64>,
    /// Where virtual time begins; absent is the real time of the start.
    #[serde(default)]
    pub clock_start: Option<Timestamp>,
    /// The IANA zone of `run.date`, windows and `wait until`; absent is UTC.
    #[serde(default)]
    pub zone: Option<String>,
    /// Other zones in which humans are told times.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub show_zones: Vec<String>,
    /// Values that expressions see as `env.NAME`.
    #[serde(default)]
    pub values: Map<String, Value>,
    /// Secret name to source: `env:NAME`, `file:PATH`, `command:…`. Expressions see references
    /// only.
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
    /// Role to the names of people.
    #[serde(default)]
    pub approvers: BTreeMap<String, Vec<String>>,
    /// Sections owned by executor families, by key.
    #[serde(default)]
    pub providers: BTreeMap<String, Value>,
    /// Resource name to real thing, for all resources that the environment knows.
    #[serde(default)]
    pub resources: BTreeMap<String, Binding>,
}

/// Where time runs fast, our own delays do not: a disk or a busy machine holds us up in real time.
/// A settle time shorter than this, in real milliseconds, would take such a delay for a lost
/// request.
pub const SETTLE_REAL_MS_MIN: Millis = 500;

impl Environment {
    /// A settle time as this environment's clock must take it, in virtual milliseconds.
    pub fn settle_ms(&self, settle_ms: Millis) -> Millis {
        match self.time_scale {
            Some(scale) if scale > 1.0 && settle_ms > 0 => {
                settle_ms.max((SETTLE_REAL_MS_MIN as f64 * scale) as Millis)
            }
            _ => settle_ms,
        }
    }
}

//! Runs of YAML pipelines. They must not know what a run does.

use indexmap::IndexMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A run of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PipelineRun {
    /// Its number, one of those of builds.
    pub id: u64,
    /// The pipeline.
    pub pipeline: u64,
    /// Its name.
    pub name: String,
    /// Its branch, in full.
    pub branch: String,
    /// What it was told.
    pub variables: IndexMap<String, String>,
    /// The parameters of its template.
    #[serde(default)]
    pub template_parameters: IndexMap<String, String>,
    /// Stages that it leaves out.
    #[serde(default)]
    pub skipped: Vec<String>,
    /// `succeeded`, `failed`, `canceled`; none while it runs.
    pub result: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// When it ends; none while it waits for somebody.
    pub ends: Option<Timestamp>,
    /// When it ended.
    pub finished: Option<Timestamp>,
    /// It will fail at its end.
    pub will_fail: bool,
    /// The approval that it waits for.
    pub approval: Option<RunApproval>,
    /// The request that asked for it.
    pub request_id: Option<String>,
}

/// The approval of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunApproval {
    /// Its id.
    pub id: String,
    /// `pending`, `approved`, `rejected`, `canceled`.
    pub status: String,
    /// What the approver wrote.
    pub comment: String,
    /// When it was last changed.
    pub modified: Timestamp,
}

//! A report's facts: what is known of a run, gathered once, before anybody chooses how it is shown.
//! As JSON it is the report for programs; keys are added, never renamed.

use super::back::Back;
use super::changes::Change;
use super::people::Said;
use super::rows::{EventRow, StepRow};
use super::spans::Still;
use serde::Serialize;
use serde_json::{Map, Value};
use windlass_model::{Millis, Phase, RunId, Timestamp};

/// The form of the JSON report.
pub const FORMAT: u32 = 1;

/// A report.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The form of the report.
    pub windlass_report: u32,
    /// Which run.
    pub run: RunId,
    /// Its workflow.
    pub workflow: String,
    /// What the file says that it does.
    pub description: Option<String>,
    /// Where it ran.
    pub environment: String,
    /// Whether that is the built-in simulator: nothing real was touched.
    pub simulated: bool,
    /// Milliseconds of the run's clock in a real one, where they differ.
    pub time_scale: Option<f64>,
    /// The lock that it held.
    pub lock: Option<String>,
    /// Where it stands.
    pub phase: Phase,
    /// Why it stands still, where it does.
    pub why: Option<String>,
    /// Who started it.
    pub started_by: Option<String>,
    /// When it began, by its own clock.
    pub started_at: Timestamp,
    /// When its last event was decided, by its own clock.
    pub last_event_at: Timestamp,
    /// Between the two.
    pub took_ms: Millis,
    /// What it was started with.
    pub inputs: Map<String, Value>,
    /// What had to hold at every moment.
    pub invariants: Vec<String>,
    /// What it means in the world now, in sentences.
    pub world: Vec<String>,
    /// The commands that lead on.
    pub next: Vec<String>,
    /// What people said and did.
    pub people: Vec<Said>,
    /// Questions that nobody has answered.
    pub open_questions: Vec<Said>,
    /// The steps.
    pub steps: Vec<StepRow>,
    /// When the whole run stood still.
    pub still: Vec<Still>,
    /// What it changed.
    pub changes: Vec<Change>,
    /// The way back, where it was gone.
    pub rollback: Option<Back>,
    /// The history, without the progress of remote operations.
    pub events: Vec<EventRow>,
    /// How many events of progress are left out.
    pub progress_events: usize,
    /// What it all rests on.
    pub chain: Chain,
}

/// The chain, which was checked when the report was made.
#[derive(Clone, Debug, Serialize)]
pub struct Chain {
    /// How many events there are.
    pub events: u64,
    /// The hash of the last one.
    pub head: String,
    /// The digest of the workflow that ran.
    pub workflow_sha256: String,
    /// What was signed last, where something was.
    pub signed: Option<Signed>,
    /// When the report was made, by the machine's clock.
    pub reported_at: Timestamp,
    /// Which windlass made it.
    pub windlass: &'static str,
}

/// A signature that the store remembers.
#[derive(Clone, Debug, Serialize)]
pub struct Signed {
    /// How many events it covers.
    pub events: u64,
    /// When.
    pub at: Timestamp,
    /// With which key.
    pub key_sha256: String,
}

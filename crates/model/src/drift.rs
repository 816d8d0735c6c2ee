//! Drift: what is no longer as a finished step left it, and what an operator made of it. It must
//! not know how the world is looked at.

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What an operator made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DriftDecision {
    /// It is as it should be: the run goes on.
    Accept,
    /// The step acts once more and brings it back; what comes after the step and has not begun
    /// waits for that.
    PutBack,
    /// Nothing is done before somebody has looked.
    Stop,
}

impl DriftDecision {
    /// The word of the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::PutBack => "put-back",
            Self::Stop => "stop",
        }
    }
}

/// Something that was no longer as a finished step left it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drifted {
    /// When it was found.
    pub at: Timestamp,
    /// What differed, without secrets.
    pub what: String,
    /// What an operator made of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<DriftDecision>,
}

impl Drifted {
    /// Whether an operator has said that exactly this is as it should be.
    pub fn accepted(&self, what: &str) -> bool {
        self.decision == Some(DriftDecision::Accept) && self.what == what
    }
}

//! Where a run stands, in one word.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The phase of a run. The first seven are live, the last four have ended.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Waits for its environment's lock.
    #[default]
    Queued,
    /// Steps are in flight or about to be.
    Running,
    /// Nothing to do until a human or a timer.
    Waiting,
    /// Stopped on request; `resume` goes on.
    Paused,
    /// A step failed; the lock is kept; `resume` tries again.
    Failed,
    /// Compensations are in flight or about to be.
    RollingBack,
    /// A human must decide.
    Stuck,
    /// All steps finished.
    Succeeded,
    /// Everything that could be undone is.
    RolledBack,
    /// Ended with things left as they are.
    Cancelled,
    /// Another run took over.
    Superseded,
}

impl Phase {
    /// The phases in which a run has ended.
    pub const ENDS: [Self; 4] =
        [Self::Succeeded, Self::RolledBack, Self::Cancelled, Self::Superseded];

    /// Whether the run has ended and holds no lock.
    pub fn ended(self) -> bool {
        Self::ENDS.contains(&self)
    }

    /// The word that files, scripts and people see.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Paused => "paused",
            Self::Failed => "failed",
            Self::RollingBack => "rolling_back",
            Self::Stuck => "stuck",
            Self::Succeeded => "succeeded",
            Self::RolledBack => "rolled_back",
            Self::Cancelled => "cancelled",
            Self::Superseded => "superseded",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Phase;

    #[test]
    fn the_word_is_the_serialized_form() {
        for phase in [Phase::Queued, Phase::RollingBack, Phase::RolledBack, Phase::Superseded] {
            assert_eq!(serde_json::to_value(phase).unwrap(), phase.as_str());
        }
    }
}

//! What goes wrong with a step in a rehearsal.

use std::fmt;
use windlass_model::StepId;

/// How a step goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum How {
    /// The service says no, and nothing happens
    Refused,
    /// It takes place, but its reply is lost
    LostReply,
    /// The request is lost, and nothing happens
    LostRequest,
    /// It takes place, and is said to have failed
    HalfDone,
}

/// All of them, in the order in which they are tried.
pub const ALL: [How; 4] = [How::Refused, How::LostReply, How::LostRequest, How::HalfDone];

impl How {
    /// Whether the run can still succeed: what is lost once is found by a look.
    pub fn passes(self) -> bool {
        matches!(self, Self::LostReply | Self::LostRequest)
    }

    /// As one types it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::LostReply => "lost_reply",
            Self::LostRequest => "lost_request",
            Self::HalfDone => "half_done",
        }
    }
}

/// A step and how it goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepFault {
    /// Which step.
    pub step: StepId,
    /// How.
    pub how: How,
}

impl fmt::Display for StepFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.step, self.how.word())
    }
}

//! One side of one step: where it stands and the attempt it is about. A step has two lanes, itself
//! and its compensation, and both go by the same rules.

use crate::event::{Effect, Failure};
use crate::guarded::Guarded;
use crate::id::RequestId;
use crate::time::{Millis, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How a lane ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// It did what it was for.
    Succeeded,
    /// It was not to run, or was left as it is.
    Skipped,
}

/// Where an attempt stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptState {
    /// The intent is durable; it may have acted by now.
    Started,
    /// A remote operation works on.
    Accepted,
    /// A probe must tell.
    InDoubt {
        /// Why it is not known.
        why: String,
    },
    /// No probe can tell; a human must.
    Asks {
        /// What was seen.
        why: String,
    },
}

/// The newest attempt of a lane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttemptRecord {
    /// Its number, from 1.
    pub number: u32,
    /// Where it stands. Kept after its end, for the step that failed in doubt.
    pub state: AttemptState,
    /// The resolved input.
    pub input: Value,
    /// The previous state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captured: Option<Guarded>,
    /// Our id.
    pub request_id: RequestId,
    /// When the intent was decided.
    pub started_at: Timestamp,
    /// The service's clock just before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<String>,
    /// The newest handle of its remote operation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<Guarded>,
    /// How far the remote operation is, 0 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<f64>,
    /// The fields of the world that it sets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<Effect>,
    /// Whether an attempt before it may have left something.
    #[serde(default)]
    pub armed_before: bool,
    /// Whether it may have acted: true from its start, until it is known that it did not.
    #[serde(default)]
    pub may_have_acted: bool,
    /// What an earlier attempt captured that may have acted: the state before the step first
    /// touched the world.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captured_before: Option<Guarded>,
    /// Values that its undo found changed by somebody else and left alone, as sentences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<String>,
    /// When the run was last resumed with the attempt in flight: its time counts from there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resumed_at: Option<Timestamp>,
    /// When its call ended without an answer: until then its request may have left us.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubted_at: Option<Timestamp>,
}

impl AttemptRecord {
    /// The previous state that a compensation puts back. Not always the newest capture: where an
    /// earlier attempt may have acted, the newest has read what that one left.
    pub fn to_restore(&self) -> Option<&Guarded> {
        self.captured_before.as_ref().or(self.captured.as_ref())
    }

    /// From when on "absent" is an answer: the settle time after the last moment at which its
    /// request may have left us.
    pub fn settled_at(&self, settle_ms: Millis) -> Timestamp {
        self.doubted_at.unwrap_or(self.started_at).max(self.started_at).after(settle_ms)
    }

    /// When its time is over. A resume grants the whole time anew: nobody watched while the run
    /// stood still.
    pub fn deadline(&self, timeout_ms: Option<Millis>) -> Option<Timestamp> {
        let from = self.resumed_at.unwrap_or(self.started_at);
        timeout_ms.map(|span| from.after(span))
    }
}

/// Where a lane stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LaneState {
    /// Waits for so many others.
    Blocked(u32),
    /// Could start now.
    Ready,
    /// Has an attempt in flight.
    Attempting,
    /// Waits for its next attempt.
    RetryAt(Timestamp),
    /// A `wait` step sleeps, or a step whose gate is closed.
    Sleeping(Timestamp),
    /// Waits for a human or a signal, at most until then.
    Awaiting(Option<Timestamp>),
    /// A human answered; the step's end follows in the same write.
    Answered,
    /// Failed; kept for `resume`.
    Failed {
        /// What the outside said.
        failure: Failure,
        /// Whether its attempt may have acted all the same, so that resume probes it.
        in_doubt: bool,
    },
    /// Ended.
    Finished(Finish),
}

/// One side of a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lane {
    /// Where it stands.
    pub state: LaneState,
    /// Attempts so far.
    #[serde(default)]
    pub attempts: u32,
    /// Attempts at the last resume or operator's retry: the retry policy counts from there.
    #[serde(default)]
    pub attempts_before: u32,
    /// The newest attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<Box<AttemptRecord>>,
    /// Whether something may have been done that a compensation would have to undo.
    #[serde(default)]
    pub armed: bool,
    /// What stood there before the step first acted, where it has acted once more since, to put
    /// back what had drifted: a compensation puts back this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Guarded>,
    /// When its gate was first to open: a time of day is worked out once, not again at each look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begins_at: Option<Timestamp>,
}

impl LaneState {
    /// Where it stands, in words.
    pub fn describe(&self) -> String {
        match self {
            Self::Blocked(unmet) => format!("waits for {unmet} others"),
            Self::Ready => "is ready".to_owned(),
            Self::Attempting => "has an attempt in flight".to_owned(),
            Self::RetryAt(at) => format!("waits for its next attempt at {at}"),
            Self::Sleeping(until) => format!("sleeps until {until}"),
            Self::Awaiting(_) => "waits for a human".to_owned(),
            Self::Answered => "was answered".to_owned(),
            Self::Failed { in_doubt: false, .. } => "failed".to_owned(),
            Self::Failed { in_doubt: true, .. } => "failed in doubt".to_owned(),
            Self::Finished(Finish::Succeeded) => "succeeded".to_owned(),
            Self::Finished(Finish::Skipped) => "was skipped".to_owned(),
        }
    }
}

impl AttemptState {
    /// Where it stands, in words.
    pub fn describe(&self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Accepted => "accepted",
            Self::InDoubt { .. } => "in doubt",
            Self::Asks { .. } => "asking a human",
        }
    }
}

impl Lane {
    /// A lane that waits for so many others.
    pub fn blocked(unmet: u32) -> Self {
        let state = if unmet == 0 { LaneState::Ready } else { LaneState::Blocked(unmet) };
        Self {
            state,
            attempts: 0,
            attempts_before: 0,
            attempt: None,
            armed: false,
            origin: None,
            begins_at: None,
        }
    }

    /// The previous state that its compensation puts back.
    pub fn to_restore(&self) -> Option<&Guarded> {
        self.origin.as_ref().or_else(|| self.attempt.as_deref()?.to_restore())
    }

    /// Makes it ready to act once more, as if it never had; only the way back knows better.
    pub(crate) fn renew(&mut self) {
        self.origin = self.to_restore().cloned();
        self.attempts_before = self.attempts;
        if let Some(attempt) = self.attempt.as_deref_mut() {
            attempt.may_have_acted = false;
            attempt.captured_before = None;
        }
    }

    /// Whether it ended.
    pub fn finished(&self) -> bool {
        matches!(self.state, LaneState::Finished(_))
    }

    /// Whether it did what it was for.
    pub fn succeeded(&self) -> bool {
        self.state == LaneState::Finished(Finish::Succeeded)
    }

    /// Whether an attempt could start, as far as the lane alone can tell.
    pub fn startable(&self) -> bool {
        matches!(self.state, LaneState::Ready | LaneState::RetryAt(_) | LaneState::Sleeping(_))
    }

    /// The state of the attempt in flight.
    pub fn in_flight(&self) -> Option<&AttemptState> {
        match (&self.state, &self.attempt) {
            (LaneState::Attempting, Some(attempt)) => Some(&attempt.state),
            _ => None,
        }
    }

    /// Whether a human must tell what became of its attempt.
    pub fn asks(&self) -> bool {
        matches!(self.in_flight(), Some(AttemptState::Asks { .. }))
    }

    /// When its timer is due, where it has one.
    pub fn due(&self) -> Option<Timestamp> {
        match self.state {
            LaneState::RetryAt(at) | LaneState::Sleeping(at) => Some(at),
            LaneState::Awaiting(deadline) => deadline,
            _ => None,
        }
    }
}

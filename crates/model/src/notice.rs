//! Telling people of a step: when, by which action, and what is still to be told. Nothing of it
//! ever moves a lane.

use crate::expr::Template;
use crate::id::{ActionKind, Seq};
use serde::{Deserialize, Serialize};

/// When somebody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// Its first attempt begins, or it begins to wait for somebody.
    Start,
    /// It succeeded.
    Success,
    /// It failed.
    Failure,
    /// It waits for a human or a signal, or a human must tell what became of it.
    Waiting,
}

impl Moment {
    /// The word that files and people see.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Waiting => "waiting",
        }
    }
}

/// Somebody who is told of a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// When.
    pub on: Vec<Moment>,
    /// The action that tells.
    pub uses: ActionKind,
    /// Its input, which sees `notice` beside what the step sees.
    pub with: Template,
}

/// One message: of an event, by one of the step's notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NoticeId {
    /// The event that is told of.
    pub event: Seq,
    /// Which of the step's notices, from 0.
    pub which: u32,
}

/// A message that is not known to be sent, nor given up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Untold {
    /// Which.
    pub id: NoticeId,
    /// Of which step.
    pub step: u32,
    /// What happened to it.
    pub on: Moment,
    /// In a sentence.
    pub says: String,
}

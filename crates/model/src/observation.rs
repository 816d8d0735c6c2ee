//! What came back from outside: the results of calls, and signals from humans and other processes.

use crate::event::{Decision, Effect, Evidence, Failure, Side};
use crate::id::StepId;
use crate::time::Millis;
use crate::workflow::StepIdx;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What `capture` read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prepared {
    /// The previous state that compensation will need. Kept encrypted.
    pub captured: Option<Value>,
    /// The service's clock, as it wrote it.
    pub not_before: Option<String>,
}

/// A call's end, or a remote operation's beginning.
#[derive(Clone, Debug, PartialEq)]
pub enum Executed {
    /// Done, with its output.
    Done(Value),
    /// A remote operation works on; ask there.
    Accepted(Value),
}

/// What a poll saw.
#[derive(Clone, Debug, PartialEq)]
pub enum Polled {
    /// Still at work.
    InProgress {
        /// Where to ask from now on; durable before it is used.
        handle: Value,
        /// How far, 0 to 100.
        percent: Option<f64>,
        /// A sentence for the live view.
        message: Option<String>,
        /// When to ask again, in virtual milliseconds.
        after_ms: Millis,
    },
    /// Done, with its output.
    Done(Value),
}

/// What a probe saw.
#[derive(Clone, Debug, PartialEq)]
pub enum Probed {
    /// The attempt left no trace.
    Absent,
    /// It ended half-way: not done, not at work, and what it left is there. Another attempt goes on
    /// from it, and the compensation takes it away.
    Begun,
    /// It is still at work.
    InProgress(Value),
    /// It is done, with its output.
    Done(Value),
    /// Known to have failed without effect, or with its effect gone.
    Failed(Failure),
    /// Cannot be told from outside; the sentence says what was seen and what a human should look
    /// at.
    Unknown(String),
}

/// A call did not do its work. The verdict on trying again travels with it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ActionError {
    /// Known not to have acted; may pass.
    #[error("{}", .0.message)]
    Transient(Failure),
    /// Known not to have acted; will not pass.
    #[error("{}", .0.message)]
    Permanent(Failure),
    /// Whether it acted is not known.
    #[error("{0}")]
    InDoubt(String),
}

/// A message to a run from outside its engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Signal {
    /// A human's answer to a step that waits for one.
    Answer {
        /// Which step.
        step: StepId,
        /// True, false, or a value.
        value: Value,
        /// Who.
        by: String,
        /// Evidence in words.
        note: Option<String>,
        /// Evidence in files.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        evidence: Vec<Evidence>,
    },
    /// What steps of the run wait for by this name.
    Send {
        /// Its name.
        name: String,
        /// What it says.
        data: Value,
        /// Who.
        by: String,
        /// In words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// Stop after the calls in flight.
    Pause {
        /// Who.
        by: String,
    },
    /// End the run.
    Cancel {
        /// Who.
        by: String,
        /// Whether things stay as they are.
        keep: bool,
    },
    /// What an operator made of a step that asked for him.
    Decide {
        /// Which step.
        step: StepId,
        /// What he said.
        decision: Decision,
        /// Who.
        by: String,
        /// Why.
        reason: String,
        /// What a look gave just before, where he says that it is done.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        output: Option<Value>,
    },
    /// Undo the run.
    Rollback {
        /// Who.
        by: String,
        /// Why.
        reason: String,
        /// Undo only what came after this step.
        to: Option<StepId>,
    },
    /// Another run takes over.
    Supersede {
        /// Which.
        by: crate::id::RunId,
    },
}

/// What a call saw, with the attempt that it belonged to.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// Which step.
    pub step: StepIdx,
    /// Which side.
    pub side: Side,
    /// Number of the attempt that the call belonged to; a stale one is ignored.
    pub attempt: u32,
    /// What it saw.
    pub seen: Sighting,
}

/// The calls' results.
#[derive(Clone, Debug, PartialEq)]
pub enum Sighting {
    /// `capture` ended.
    Prepared {
        /// The input that was captured for.
        input: Value,
        /// What the action will set.
        effects: Vec<Effect>,
        /// What it read.
        result: Result<Prepared, ActionError>,
    },
    /// `execute` or `compensate` ended.
    Acted(Result<Executed, ActionError>),
    /// `execute` or `compensate` asks for its handle to be durable before it goes on.
    Kept(Value),
    /// `poll` ended.
    Polled(Result<Polled, ActionError>),
    /// `probe` ended.
    Probed(Result<Probed, ActionError>),
    /// The call did not end in its time and was let go.
    Abandoned,
}

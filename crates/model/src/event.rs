//! The history's vocabulary. Each variant says what it moves and who may write it.
//!
//! Serialized as JSON with `type` in snake case. A new variant or field is an addition with a
//! default; old histories must load for ever (golden files in `tests/golden`). A reader that meets
//! an unknown type refuses the run by name instead of guessing.

use crate::drift::DriftDecision;
use crate::guarded::Guarded;
use crate::id::{RequestId, RunId, Seq, StepId};
use crate::notice::{Moment, NoticeId};
use crate::time::{Millis, Timestamp};
use crate::workflow::WorkflowDef;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An entry of a run's history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its position, from 1.
    pub seq: Seq,
    /// When it was decided, by the run's clock.
    pub at: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// Which way an attempt works.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The step itself.
    #[default]
    Forward,
    /// Its compensation.
    Undo,
}

impl Side {
    /// The word of the stored form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Forward => "forward",
            Self::Undo => "undo",
        }
    }
}

/// The outside said no. Data, not an error of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// A stable word to branch on: `timeout`, `exit_status`, `assertion`, or what the service calls
    /// it.
    pub code: String,
    /// A sentence without secrets, ending in what to do next where that is known.
    pub message: String,
    /// Whether trying again may help.
    #[serde(default)]
    pub transient: bool,
    /// Shortest wait before another attempt that the service asked for, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<Millis>,
}

impl Failure {
    /// A failure that trying again will not mend.
    pub fn permanent(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), transient: false, retry_after_ms: None }
    }

    /// A failure that may pass.
    pub fn transient(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), transient: true, retry_after_ms: None }
    }
}

/// The code of the failure of an attempt that ended, and whose outputs the file's `verify` refused:
/// it has acted.
pub const VERIFY_FAILED: &str = "verify";

/// The code of the failure of a step that was not begun: what it requires is not proved.
pub const REQUIRES: &str = "requires";

/// The key of an undo's output under which it says what it left alone.
pub const KEPT: &str = "kept";

/// A field of the world model that an attempt sets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// The resource's name in the workflow or its environment.
    pub resource: String,
    /// The field.
    pub field: String,
    /// Its value afterwards; null is unknown.
    pub value: Value,
}

/// A file that somebody put beside an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The file's name, without its folder.
    pub name: String,
    /// SHA-256 of its content, in hex.
    pub sha256: String,
    /// Its length.
    pub bytes: u64,
    /// Its content in base64, where it is small; whoever kept the file proves it by the hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}

/// What an operator made of a step that asked for him.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It is done: go on as if it had succeeded.
    Done,
    /// Leave it: go on without it.
    Skip,
    /// Try it again.
    Retry,
}

fn forward(side: &Side) -> bool {
    *side == Side::Forward
}

/// What happened. "Engine" below is the lease holder's recorder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum EventKind {
    /// The run exists and waits for its lock behind another. Engine, once, before `RunStarted`.
    RunQueued {
        /// Who holds the lock.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        behind: Option<RunId>,
    },
    /// queued -> running. Engine, once.
    RunStarted {
        /// Who started it.
        by: String,
    },
    /// paused, failed, stuck, or left by a dead engine -> running or rolling back. Every attempt
    /// that was in flight becomes in doubt; failed steps become ready. Engine, at each resume.
    RunResumed {
        /// Who resumed it.
        by: String,
    },
    /// A ready step or compensation that is not to run. Engine.
    StepSkipped {
        /// Which step.
        step: StepId,
        /// Which side.
        #[serde(default, skip_serializing_if = "forward")]
        side: Side,
        /// Why, in a sentence.
        why: String,
    },
    /// A step that calls no action is finished: set, assert, wait, approve, input. Engine.
    StepSucceeded {
        /// Which step.
        step: StepId,
        /// Its outputs.
        output: Value,
    },
    /// ready, or its gate has opened -> started: the intent, durable before anything is sent.
    /// Engine.
    AttemptStarted {
        /// Which step.
        step: StepId,
        /// Which side.
        #[serde(default, skip_serializing_if = "forward")]
        side: Side,
        /// Number of the attempt on this side, from 1.
        attempt: u32,
        /// The resolved input.
        input: Value,
        /// The previous state that compensation will need.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        captured: Option<Guarded>,
        /// Our id, sent along with the request.
        request_id: RequestId,
        /// The service's clock just before, as it wrote it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        not_before: Option<String>,
        /// The fields of the world that it will set.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        effects: Vec<Effect>,
    },
    /// started, accepted or in doubt -> accepted: a remote operation works on; poll, never send
    /// again. Engine.
    AttemptAccepted {
        /// Which step.
        step: StepId,
        /// Which side.
        #[serde(default, skip_serializing_if = "forward")]
        side: Side,
        /// Where to ask.
        handle: Guarded,
    },
    /// accepted -> accepted, with a newer handle, durable before it is used. Engine.
    AttemptProgressed {
        /// Which step.
        step: StepId,
        /// Which side.
        #[serde(default, skip_serializing_if = "forward")]
        side: Side,
        /// Where to ask from now on.
        handle: Guarded,
        /// How far it is, 0 to 100 and whole, where the service says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        percent: Option<f64>,
    },
    /// started, accepted or in doubt -> succeeded (undo: undone). Engine.
    AttemptSucceeded {
        /// Which step.
        step: StepId,
        /// Which side.
        #[serde(default, skip_serializing_if = "forward")]
        side: Side,
        /// Its outputs; null for a compensation.
        output: Value,
    },
    /// started, accepted or in doubt -> failed: it did not do its work. Engine; followed by a retry
    /// or the step's failure. Only one that failed while started is known not to have acted.
    AttemptFailed {
        /// Which step.
        step: StepId,
        /// Which side.
        #[serde(default, skip_serializing_if = "forward")]
        side: Side,
        /// What the outside said.
        failure: Failure,
    },
    /// started or accepted -> in doubt: a probe must tell. Engine.
    AttemptInDoubt {
        /// Which step.
        step: StepId,
        /// Which side.
        #[serde(default, skip_serializing_if = "forward")]
        side: Side,
        /// Why it is not known.
        why: String,
    },
    /// in doubt -> ready for another attempt: the probe saw nothing, and the settle time has
    /// passed. Engine.
    AttemptFoundAbsent {
        /// Which step.
        step: StepId,
        /// Which side.
        #[serde(default, skip_serializing_if = "forward")]
        side: Side,
    },
    /// in doubt -> ready for another attempt: the probe saw what an attempt left that ended
    /// half-way. Its compensation stays armed. Engine.
    AttemptFoundBegun {
        /// Which step.
        step: StepId,
        /// Which side.
        #[serde(default, skip_serializing_if = "forward")]
        side: Side,
    },
    /// failed attempt, or ready or waiting lane whose previous state could not be read -> waits for
    /// its next attempt. From in doubt only where the file says `on_in_doubt: rerun`. Engine.
    RetryScheduled {
        /// Which step.
        step: StepId,
        /// Which side.
        #[serde(default, skip_serializing_if = "forward")]
        side: Side,
        /// When.
        not_before: Timestamp,
    },
    /// begun or ready, but not asking a human -> failed; in doubt where an attempt was in flight.
    /// Engine.
    StepFailed {
        /// Which step.
        step: StepId,
        /// Which side.
        #[serde(default, skip_serializing_if = "forward")]
        side: Side,
        /// What the outside said.
        failure: Failure,
    },
    /// in doubt -> asks a human: no probe can tell. Engine.
    DoubtUnsettled {
        /// Which step.
        step: StepId,
        /// Which side.
        #[serde(default, skip_serializing_if = "forward")]
        side: Side,
        /// What the probe saw, and what to look at.
        why: String,
    },
    /// ready, or its gate has opened -> waits for a human or for a signal by name. Engine.
    SignalAwaited {
        /// Which step.
        step: StepId,
        /// The question.
        prompt: String,
        /// Who may answer; anybody where empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        roles: Vec<String>,
        /// The text to type where a bare yes is not enough.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        typed: Option<String>,
        /// Who may not answer: four eyes are asked for, and two are his.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        not_by: Option<String>,
        /// The name of the signal that is waited for, where no human is asked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signal: Option<String>,
        /// When waiting ends.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deadline: Option<Timestamp>,
    },
    /// Kept until a step that waits for it takes it: that one's success follows, now or when it is
    /// its turn. Any course but an end. Engine, from a signal.
    SignalSent {
        /// Its name.
        name: String,
        /// Who sent it.
        by: String,
        /// What it says.
        data: Value,
        /// In words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// A human answered. waits -> succeeded or failed by the following event. Engine, from a
    /// signal.
    SignalReceived {
        /// Which step.
        step: StepId,
        /// Who answered.
        by: String,
        /// What: true, false, or a value.
        value: Value,
        /// Evidence.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
        /// Files.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        evidence: Vec<Evidence>,
    },
    /// ready, or about to try again -> sleeps: a wait, or a step whose gate is closed. Engine.
    TimerSet {
        /// Which step.
        step: StepId,
        /// Until when.
        until: Timestamp,
    },
    /// A message of the step's `notify` was sent, or given up: nothing but that. Engine, once for
    /// each message.
    StepNotified {
        /// Which step.
        step: StepId,
        /// What happened to it.
        on: Moment,
        /// Which message.
        notice: NoticeId,
        /// Whether it is known to be sent.
        sent: bool,
        /// Why not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// No new attempt starts; what is in flight ends. Engine, from a signal.
    PauseRequested {
        /// Who.
        by: String,
    },
    /// The run is to end. Engine, from a signal.
    CancelRequested {
        /// Who.
        by: String,
        /// Whether things stay as they are.
        keep: bool,
    },
    /// in doubt, asks a human, failed, or about to start -> what he said. Engine, from a signal.
    OperatorDecision {
        /// Which step.
        step: StepId,
        /// Which side.
        #[serde(default, skip_serializing_if = "forward")]
        side: Side,
        /// What he said.
        decision: Decision,
        /// Who he is.
        by: String,
        /// Why.
        reason: String,
        /// What a look gave just before, where he said that it is done: the step's outputs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        output: Option<Value>,
    },
    /// Something that a finished step left is no longer so. Engine, at resume.
    DriftFound {
        /// Which step.
        step: StepId,
        /// What differs, without secrets.
        what: String,
        /// Who changed it and when, in words, where somebody's log tells.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        who: Option<String>,
    },
    /// After `DriftFound`: what an operator made of it. Put back: the step is ready again. Engine,
    /// at resume.
    DriftDecided {
        /// Which step.
        step: StepId,
        /// What he said.
        decision: DriftDecision,
        /// Who he is.
        by: String,
    },
    /// Forward, and nobody drives it: goes on by another workflow, from what has begun in the old
    /// one. Engine, when an operator asks for it.
    RunMigrated {
        /// Who.
        by: String,
        /// Why.
        reason: String,
        /// The workflow from here on.
        workflow: Box<WorkflowDef>,
    },
    /// Any phase but rolled back and cancelled -> rolling back; while rolling back only to widen a
    /// partial rollback. Engine, from a signal or a policy.
    RollbackStarted {
        /// Who.
        by: String,
        /// Why.
        reason: String,
        /// Undo only what came after this step.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<StepId>,
    },
    /// running -> succeeded. Engine.
    RunSucceeded,
    /// running -> failed. Engine, when nothing is in flight any more.
    RunFailed {
        /// Which step failed and how, in a sentence.
        why: String,
    },
    /// running or rolling back -> paused. Engine, when nothing is in flight any more.
    RunPaused,
    /// rolling back -> rolled back. Engine.
    RunRolledBack,
    /// running or rolling back -> stuck. Engine, when nothing else can go on.
    RunStuck {
        /// The sentence for the human.
        why: String,
    },
    /// any live phase -> cancelled, things left as they are. Engine.
    RunCancelled,
    /// any live phase -> superseded. Engine of the run that takes over.
    RunSuperseded {
        /// The run that took over.
        by: RunId,
    },
}

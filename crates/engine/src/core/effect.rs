//! What goes into the core and what comes out of it, as values.

use super::dispatch::Dispatch;
use super::telling::Telling;
use std::sync::Arc;
use windlass_model::drift::DriftDecision;
use windlass_model::notice::NoticeId;
use windlass_model::observation::{Observation, Signal};
use windlass_model::run::LaneId;
use windlass_model::{Event, Phase, RunId, Seq, SignalId, StepId, Timestamp};

/// Number of a call within one core. An answer that carries an older one comes too late to mean
/// anything: its call was let go, and the lane may have another by now.
pub type CallId = u64;

/// Something that is no longer as a finished step left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// The step.
    pub step: StepId,
    /// What differs, without secrets.
    pub what: String,
    /// Who changed it and when, in words, where somebody's log tells.
    pub who: Option<String>,
    /// Whether the step could bring it back.
    pub can_be_put_back: bool,
    /// The point of no return that was begun because of it: nobody goes on lightly without it.
    pub stands: Option<StepId>,
}

/// What happened outside.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// The lease and the lock are ours; `by` wants the run to go on.
    Opened {
        /// Who.
        by: String,
        /// Signals that wait: they are heard before anything is decided.
        signals: Vec<(SignalId, Signal)>,
        /// What is no longer as finished steps left it, and what `by` made of it. Where one is to
        /// stop, that is written down and nothing else happens.
        drifted: Vec<(Drift, DriftDecision)>,
    },
    /// The lock is held by another run.
    Queued {
        /// Which.
        behind: Option<RunId>,
    },
    /// A call ended, or kept its handle.
    Looked(CallId, Observation),
    /// Signals that no append has consumed yet; repeats are fine.
    Signals(Vec<(SignalId, Signal)>),
    /// A message was sent, or why not.
    Told(NoticeId, Result<(), String>),
    /// Time has passed.
    Woken,
    /// The batch in flight is durable up to here.
    Appended(Seq),
}

/// Events to be made durable, all or none.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// The last event before them.
    pub expected: Seq,
    /// The events, sealed. Shared with what is published of them once they are durable.
    pub events: Arc<Vec<Event>>,
    /// The run's phase after them.
    pub phase: Phase,
    /// When the run's next timer is due.
    pub due: Option<Timestamp>,
    /// Signals that they answer.
    pub consumed: Vec<SignalId>,
}

/// Why a core has nothing more to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Closing {
    /// The run has ended or halted, durably.
    Rest(Phase),
    /// Nothing is to be done before somebody has looked at what drifted.
    Stopped,
    /// The core broke one of its own rules; nothing was written of it.
    Bug(String),
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Make this durable, then say `Appended`. One at a time.
    Append(Batch),
    /// Make this call, then say `Looked`.
    Call(CallId, Box<Dispatch>),
    /// Send this message, then say `Told`.
    Tell(Box<Telling>),
    /// Let go of a lane's call; whatever it still says is not listened to.
    Abandon(LaneId),
    /// Say `Woken` at this time, at the latest.
    WakeAt(Timestamp),
    /// Tell whoever watches; these are durable.
    Publish(Arc<Vec<Event>>),
    /// Nothing more will come.
    Close(Closing),
}

//! What a step does to the outside: capture, execute, poll, probe, verify, compensate.
//!
//! This is the erased face that the engine holds; authors write [`crate::typed::TypedAction`].

use crate::clock::Clock;
use crate::future::BoxFuture;
use crate::secrets::Secrets;
use std::collections::BTreeMap;
use std::sync::Arc;
use windlass_model::event::Effect;
use windlass_model::{
    ActionSpec, Binding, Failure, Millis, RequestId, RunId, Side, StepId, Timestamp, Value,
};

/// Bindings of an environment's resources, by name.
pub type Bindings = BTreeMap<String, Binding>;

/// Takes the lines that a step prints while it runs, for the live view. Not durable.
pub trait OutputSink: Send + Sync {
    /// One line, already bounded and without its end.
    fn line(&self, text: &str);
}

/// Keeps what must be durable *before* an action goes on (a child's pid at its gate).
pub trait HandleKeeper: Send + Sync {
    /// Returns once the handle is in the history as an accepted operation's.
    fn keep(&self, handle: Value) -> BoxFuture<'_, Result<(), ActionError>>;
}

/// What every call of an action gets beside its arguments.
#[derive(Clone)]
pub struct Context {
    /// Which run.
    pub run: RunId,
    /// Which step.
    pub step: StepId,
    /// The environment's bindings.
    pub bindings: Arc<Bindings>,
    /// The run's clock.
    pub clock: Arc<dyn Clock>,
    /// Secrets by name.
    pub secrets: Arc<dyn Secrets>,
    /// When the attempt's time is over; absent is never. An action that can end its work itself should.
    pub deadline: Option<Timestamp>,
    /// Where printed lines go.
    pub output: Arc<dyn OutputSink>,
    /// Makes a handle durable while `execute` or `compensate` still runs.
    pub handles: Arc<dyn HandleKeeper>,
}

/// One attempt as the history knows it.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Forward, or its compensation.
    pub side: Side,
    /// Its number on this side, from 1.
    pub number: u32,
    /// The resolved input of the step.
    pub input: Value,
    /// What `capture` gave before the forward attempt.
    pub captured: Option<Value>,
    /// Our id, to be sent along wherever the service keeps it. On the undo side it is the compensation's own.
    pub request_id: RequestId,
    /// The request id of the forward attempt that is being undone, on the undo side.
    pub undoes: Option<RequestId>,
    /// When the intent was decided, by the run's clock.
    pub started_at: Timestamp,
    /// The service's clock just before, as `capture` gave it.
    pub not_before: Option<String>,
    /// The forward attempt's output, on the undo side, where there is one.
    pub output: Option<Value>,
}

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
    /// It is still at work.
    InProgress(Value),
    /// It is done, with its output.
    Done(Value),
    /// Known to have failed without effect, or with its effect gone.
    Failed(Failure),
    /// Cannot be told from outside; the sentence says what was seen and what a human should look at.
    Unknown(String),
}

/// What verify saw.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The world is as the step left it.
    Holds,
    /// It is not; without secrets.
    Drifted(String),
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

/// Result of a call.
pub type Outcome<T> = Result<T, ActionError>;

/// An action behind its erased face.
pub trait Action: Send + Sync {
    /// What it declares about itself.
    fn spec(&self) -> &ActionSpec;

    /// The fields of the world model that `execute` will set. Pure.
    fn effects(&self, bindings: &Bindings, input: &Value) -> Vec<Effect>;

    /// What is wrong with an input beyond its schema. Pure.
    fn check(&self, bindings: &Bindings, input: &Value) -> Vec<String>;

    /// Reads what compensation will need, and the service's clock. Changes nothing. Not called where the traits
    /// say that nothing is captured.
    fn capture<'a>(
        &'a self,
        ctx: &'a Context,
        input: &'a Value,
    ) -> BoxFuture<'a, Outcome<Prepared>>;

    /// Acts. Called after the intent is durable, once for each attempt.
    fn execute<'a>(
        &'a self,
        ctx: &'a Context,
        attempt: &'a Attempt,
    ) -> BoxFuture<'a, Outcome<Executed>>;

    /// Asks a remote operation, of either side. `InDoubt` where the handle leads nowhere any more; `Permanent`
    /// where the operation failed.
    fn poll<'a>(
        &'a self,
        ctx: &'a Context,
        attempt: &'a Attempt,
        handle: &'a Value,
    ) -> BoxFuture<'a, Outcome<Polled>>;

    /// Looks whether an attempt of either side took place. Changes nothing.
    fn probe<'a>(
        &'a self,
        ctx: &'a Context,
        attempt: &'a Attempt,
        handle: Option<&'a Value>,
    ) -> BoxFuture<'a, Outcome<Probed>>;

    /// Looks whether the world is still as a finished step left it. Changes nothing.
    fn verify<'a>(
        &'a self,
        ctx: &'a Context,
        input: &'a Value,
        output: &'a Value,
    ) -> BoxFuture<'a, Outcome<Verdict>>;

    /// Undoes the forward attempt, whose output may be missing: undo is armed by the start. The attempt's side
    /// is undo, its `captured`, `not_before` and `output` are the forward attempt's.
    fn compensate<'a>(
        &'a self,
        ctx: &'a Context,
        attempt: &'a Attempt,
    ) -> BoxFuture<'a, Outcome<Executed>>;
}

//! What a step does to the outside: capture, execute, poll, probe, verify, compensate.
//!
//! This is the erased face that the engine holds; authors write [`crate::typed::TypedAction`].

use crate::clock::Clock;
use crate::future::BoxFuture;
use crate::secrets::Secrets;
use std::collections::BTreeMap;
use std::sync::Arc;
use windlass_model::event::Effect;
pub use windlass_model::observation::{ActionError, Executed, Polled, Prepared, Probed};
use windlass_model::{ActionSpec, Binding, RequestId, RunId, Side, StepId, Timestamp, Value};

/// Bindings of an environment's resources, by name.
pub type Bindings = BTreeMap<String, Binding>;

/// Takes the lines that a step prints while it runs, for the live view. Not durable.
pub trait OutputSink: Send + Sync {
    /// One line, already bounded and without its end.
    fn line(&self, text: &str);

    /// A sentence about a value that an undo left alone, since somebody else changed it meanwhile.
    /// It is kept with the undo's outcome.
    fn kept(&self, sentence: &str) {
        self.line(sentence);
    }
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
    /// When the attempt's time is over; absent is never. An action that can end its work itself
    /// should.
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
    /// What `capture` gave before the step first touched the world: what an undo puts back.
    pub captured: Option<Value>,
    /// What `capture` gave before this very attempt, where an earlier one may have acted. On the
    /// undo side: before the step acted once more, to put back what had drifted.
    pub recaptured: Option<Value>,
    /// Our id, to be sent along wherever the service keeps it. On the undo side it is the
    /// compensation's own.
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

/// What verify saw.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The world is as the step left it.
    Holds,
    /// It is not; without secrets.
    Drifted(String),
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

    /// Reads what compensation will need, and the service's clock. Changes nothing. Not called
    /// where the traits say that nothing is captured.
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

    /// Asks a remote operation, of either side. `InDoubt` where the handle leads nowhere any more;
    /// `Permanent` where the operation failed.
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

    /// Undoes the forward attempt, whose output may be missing: undo is armed by the start. The
    /// attempt's side is undo, its `captured`, `not_before` and `output` are the forward attempt's.
    fn compensate<'a>(
        &'a self,
        ctx: &'a Context,
        attempt: &'a Attempt,
    ) -> BoxFuture<'a, Outcome<Executed>>;
}

//! What a case needs to know of an action, and how it drives one as the engine does.

use std::sync::Arc;
use windlass_model::{Millis, RequestId, RunId, Side, StepId, Value};
use windlass_ports::{
    Action, ActionError, Attempt, BoxFuture, Context, Executed, Polled, Prepared, Probed,
};

/// Polls after which an operation does not end any more.
const POLLS_MAX: u32 = 10_000;

/// An action with a world of its own, which nobody else touches.
pub trait Subject: Send + Sync {
    /// The action, as a new process would make it.
    fn action(&self) -> Arc<dyn Action>;

    /// The same, with a service that cannot be reached; none where there is no service.
    fn cut_off(&self) -> Option<Arc<dyn Action>>;

    /// What its calls get.
    fn context(&self) -> Context;

    /// An input that changes the world.
    fn input(&self) -> Value;

    /// The world, as far as the action can change it.
    fn observe(&self) -> BoxFuture<'_, Value>;

    /// How often the world changed.
    fn changes(&self) -> BoxFuture<'_, usize>;

    /// Lets the world's time pass.
    fn pass(&self, span: Millis) -> BoxFuture<'_, ()>;
}

/// One attempt at a subject's input.
pub struct Trial<'a, S> {
    /// The subject.
    pub subject: &'a S,
    /// The action.
    pub action: Arc<dyn Action>,
    /// What calls get.
    pub context: Context,
    /// The attempt.
    pub attempt: Attempt,
}

impl<'a, S: Subject> Trial<'a, S> {
    /// Captures, as the engine does before an intent.
    pub async fn prepare(subject: &'a S) -> Self {
        let (action, context, input) = (subject.action(), subject.context(), subject.input());
        let wrong = action.check(&context.bindings, &input);
        assert!(wrong.is_empty(), "the kit's input is refused: {wrong:?}");
        let prepared = match action.spec().traits.captures {
            true => action.capture(&context, &input).await.expect("capture"),
            false => Prepared::default(),
        };
        let captured = prepared.captured.map(stored);
        let attempt = Attempt {
            side: Side::Forward,
            number: 1,
            input,
            captured,
            recaptured: None,
            request_id: request(&context.run, &context.step, "forward"),
            undoes: None,
            started_at: context.clock.now(),
            not_before: prepared.not_before,
            output: None,
        };
        Self { subject, action, context, attempt }
    }

    /// The attempt that undoes this one.
    pub fn undo(&self, output: Option<Value>) -> Self {
        let attempt = Attempt {
            side: Side::Undo,
            request_id: request(&self.context.run, &self.context.step, "undo"),
            undoes: Some(self.attempt.request_id),
            started_at: self.context.clock.now(),
            output: output.map(stored),
            ..self.attempt.clone()
        };
        let (action, context) = (self.subject.action(), self.context.clone());
        Self { subject: self.subject, action, context, attempt }
    }

    /// Acts, without waiting for what it started.
    pub async fn act(&self) -> Result<Executed, ActionError> {
        match self.attempt.side {
            Side::Forward => self.action.execute(&self.context, &self.attempt).await,
            Side::Undo => self.action.compensate(&self.context, &self.attempt).await,
        }
    }

    /// Follows what it started to its end.
    pub async fn follow(&self, executed: Executed) -> Value {
        let mut handle = match executed {
            Executed::Done(output) => return stored(output),
            Executed::Accepted(handle) => stored(handle),
        };
        for _ in 0..POLLS_MAX {
            match self.action.poll(&self.context, &self.attempt, &handle).await.expect("poll") {
                Polled::Done(output) => return stored(output),
                Polled::InProgress { handle: next, after_ms, .. } => {
                    handle = stored(next);
                    self.subject.pass(after_ms).await;
                }
            }
        }
        panic!("the operation does not end");
    }

    /// Acts and waits for the end.
    pub async fn finish(&self) -> Value {
        let executed = self.act().await.expect("act");
        self.follow(executed).await
    }

    /// Looks.
    pub async fn probe(&self, handle: Option<&Value>) -> Probed {
        let probed = self.action.probe(&self.context, &self.attempt, handle).await;
        probed.expect("probe")
    }

    /// Whether the action can be undone.
    pub fn compensates(&self) -> bool {
        self.action.spec().traits.compensates
    }
}

/// A value as it comes back from a history.
fn stored(value: Value) -> Value {
    let text = serde_json::to_string(&value).expect("a value is JSON");
    serde_json::from_str(&text).expect("JSON reads back")
}

fn request(run: &RunId, step: &StepId, side: &str) -> RequestId {
    RequestId::derive(*run, step, side, 1)
}

/// A run's id for a test.
pub fn run_id() -> RunId {
    "run_01935a1c000070008000000000000042".parse().expect("a run id")
}

//! The face of an action that authors write: typed input, output, captured state and handle.
//!
//! [`erase`] turns it into the engine's face and does all decoding in one place, so that a wrong
//! shape is one kind of failure that names the field.

use crate::action::{
    Action, ActionError, Attempt, Bindings, Context, Executed, Outcome, Polled, Prepared, Probed,
    Verdict,
};
use crate::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::future::Future;
use std::sync::Arc;
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, Failure, Millis, Side, Value};

/// What a typed capture read.
#[derive(Clone, Debug)]
pub struct Capture<C> {
    /// The previous state.
    pub state: C,
    /// The service's clock, as it wrote it.
    pub not_before: Option<String>,
}

/// A typed call's end or beginning.
#[derive(Clone, Debug)]
pub enum Acted<O, H> {
    /// Done.
    Done(O),
    /// A remote operation works on.
    Accepted(H),
}

/// What a typed poll saw.
#[derive(Clone, Debug)]
pub enum Seen<O, H> {
    /// Still at work.
    InProgress {
        /// Where to ask from now on.
        handle: H,
        /// How far, 0 to 100.
        percent: Option<f64>,
        /// A sentence.
        message: Option<String>,
        /// When to ask again, in virtual milliseconds.
        after_ms: Millis,
    },
    /// Done.
    Done(O),
}

/// What a typed probe saw; see [`Probed`].
#[derive(Clone, Debug)]
pub enum Found<O, H> {
    /// No trace.
    Absent,
    /// Ended half-way, and what it left is there.
    Begun,
    /// Still at work.
    InProgress(H),
    /// Done.
    Done(O),
    /// Failed without effect.
    Failed(Failure),
    /// Cannot be told.
    Unknown(String),
}

/// A typed attempt: `raw` with its input and captured state decoded.
pub struct TypedAttempt<'a, A: TypedAction> {
    /// The attempt as the history knows it.
    pub raw: &'a Attempt,
    /// Its input.
    pub input: A::Input,
    /// Its captured state, where there is one.
    pub captured: Option<A::Captured>,
    /// What was captured before this very attempt, where an earlier one may have acted: what tells
    /// its own traces from theirs.
    pub recaptured: Option<A::Captured>,
    /// On the undo side: the forward attempt's output, where there is one.
    pub output: Option<A::Output>,
}

impl<A: TypedAction> TypedAttempt<'_, A> {
    /// On the undo side: what was captured before the step acted once more, to put back what had
    /// drifted. What stood there first is `captured`.
    pub fn acted_again(&self) -> Option<&A::Captured> {
        self.recaptured.as_ref().filter(|_| self.raw.side == Side::Undo)
    }
}

/// An action as its author writes it. Methods with a default are for actions that do not need them:
/// one that captures nothing, ends at once, or cannot be undone.
pub trait TypedAction: Send + Sync + Sized + 'static {
    /// Its input, decoded from the step's `with`.
    type Input: DeserializeOwned + Send + Sync;
    /// Its output, which later steps name.
    type Output: Serialize + DeserializeOwned + Send + Sync;
    /// What it captures; `()` for nothing.
    type Captured: Serialize + DeserializeOwned + Send + Sync;
    /// Where it asks a remote operation; `()` where it never starts one.
    type Handle: Serialize + DeserializeOwned + Send + Sync;

    /// See [`Action::spec`].
    fn spec(&self) -> &ActionSpec;

    /// See [`Action::effects`]. The input may lack what is not known yet, hence untyped.
    fn effects(&self, bindings: &Bindings, input: &Value) -> Vec<Effect>;

    /// See [`Action::check`].
    fn check(&self, _bindings: &Bindings, _input: &Self::Input) -> Vec<String> {
        Vec::new()
    }

    /// See [`Action::capture`]. Must be given where the traits say that it captures.
    fn capture(
        &self,
        _ctx: &Context,
        _input: &Self::Input,
    ) -> impl Future<Output = Outcome<Capture<Self::Captured>>> + Send {
        std::future::ready(Err(ActionError::Permanent(Failure::permanent(
            "no_capture",
            "this action captures nothing",
        ))))
    }

    /// See [`Action::execute`].
    fn execute(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> impl Future<Output = Outcome<Acted<Self::Output, Self::Handle>>> + Send;

    /// See [`Action::poll`].
    fn poll(
        &self,
        _ctx: &Context,
        _attempt: TypedAttempt<'_, Self>,
        _handle: Self::Handle,
    ) -> impl Future<Output = Outcome<Seen<Self::Output, Self::Handle>>> + Send {
        std::future::ready(Err(ActionError::InDoubt(
            "this action starts no remote operation".to_owned(),
        )))
    }

    /// See [`Action::probe`].
    fn probe(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        handle: Option<Self::Handle>,
    ) -> impl Future<Output = Outcome<Found<Self::Output, Self::Handle>>> + Send;

    /// See [`Action::verify`].
    fn verify(
        &self,
        _ctx: &Context,
        _input: Self::Input,
        _output: Self::Output,
    ) -> impl Future<Output = Outcome<Verdict>> + Send {
        std::future::ready(Ok(Verdict::Holds))
    }

    /// See [`Action::compensate`]. Must be given where the traits say that it compensates.
    fn compensate(
        &self,
        _ctx: &Context,
        _attempt: TypedAttempt<'_, Self>,
    ) -> impl Future<Output = Outcome<Acted<(), Self::Handle>>> + Send {
        std::future::ready(Err(ActionError::Permanent(Failure::permanent(
            "no_compensation",
            "this action undoes nothing",
        ))))
    }
}

/// Turns an author's action into the engine's.
pub fn erase<A: TypedAction>(action: A) -> Arc<dyn Action> {
    Arc::new(Erased(action))
}

struct Erased<A>(A);

/// Decodes a value; a mismatch names what was decoded and where.
fn decode<T: DeserializeOwned>(what: &str, value: &Value) -> Outcome<T> {
    serde_json::from_value(value.clone()).map_err(|error| {
        ActionError::Permanent(Failure::permanent(
            "bad_shape",
            format!("failed to read the {what}: {error}"),
        ))
    })
}

fn encode<T: Serialize>(value: &T) -> Outcome<Value> {
    serde_json::to_value(value)
        .map_err(|error| ActionError::InDoubt(format!("failed to write a result: {error}")))
}

impl<A: TypedAction> TypedAttempt<'_, A> {
    /// What was captured just before this attempt.
    pub fn just_captured(&self) -> Option<&A::Captured> {
        self.recaptured.as_ref().or(self.captured.as_ref())
    }
}

impl<A: TypedAction> Erased<A> {
    fn typed<'a>(raw: &'a Attempt) -> Outcome<TypedAttempt<'a, A>> {
        Ok(TypedAttempt {
            raw,
            input: decode("input", &raw.input)?,
            captured: raw.captured.as_ref().map(|v| decode("captured state", v)).transpose()?,
            recaptured: raw.recaptured.as_ref().map(|v| decode("captured state", v)).transpose()?,
            output: raw.output.as_ref().map(|v| decode("output", v)).transpose()?,
        })
    }
}

impl<A: TypedAction> Action for Erased<A> {
    fn spec(&self) -> &ActionSpec {
        self.0.spec()
    }

    fn effects(&self, bindings: &Bindings, input: &Value) -> Vec<Effect> {
        self.0.effects(bindings, input)
    }

    fn check(&self, bindings: &Bindings, input: &Value) -> Vec<String> {
        match serde_json::from_value(input.clone()) {
            Ok(typed) => self.0.check(bindings, &typed),
            Err(error) => vec![error.to_string()],
        }
    }

    fn capture<'a>(
        &'a self,
        ctx: &'a Context,
        input: &'a Value,
    ) -> BoxFuture<'a, Outcome<Prepared>> {
        Box::pin(async move {
            let typed = decode("input", input)?;
            let capture = self.0.capture(ctx, &typed).await?;
            Ok(Prepared { captured: Some(encode(&capture.state)?), not_before: capture.not_before })
        })
    }

    fn execute<'a>(
        &'a self,
        ctx: &'a Context,
        attempt: &'a Attempt,
    ) -> BoxFuture<'a, Outcome<Executed>> {
        Box::pin(async move {
            Ok(match self.0.execute(ctx, Self::typed(attempt)?).await? {
                Acted::Done(output) => Executed::Done(encode(&output)?),
                Acted::Accepted(handle) => Executed::Accepted(encode(&handle)?),
            })
        })
    }

    fn poll<'a>(
        &'a self,
        ctx: &'a Context,
        attempt: &'a Attempt,
        handle: &'a Value,
    ) -> BoxFuture<'a, Outcome<Polled>> {
        Box::pin(async move {
            let handle = decode("handle", handle)?;
            Ok(match self.0.poll(ctx, Self::typed(attempt)?, handle).await? {
                Seen::InProgress { handle, percent, message, after_ms } => {
                    Polled::InProgress { handle: encode(&handle)?, percent, message, after_ms }
                }
                Seen::Done(output) => Polled::Done(encode(&output)?),
            })
        })
    }

    fn probe<'a>(
        &'a self,
        ctx: &'a Context,
        attempt: &'a Attempt,
        handle: Option<&'a Value>,
    ) -> BoxFuture<'a, Outcome<Probed>> {
        Box::pin(async move {
            let handle = handle.map(|v| decode("handle", v)).transpose()?;
            Ok(match self.0.probe(ctx, Self::typed(attempt)?, handle).await? {
                Found::Absent => Probed::Absent,
                Found::Begun => Probed::Begun,
                Found::InProgress(handle) => Probed::InProgress(encode(&handle)?),
                Found::Done(output) => Probed::Done(encode(&output)?),
                Found::Failed(failure) => Probed::Failed(failure),
                Found::Unknown(why) => Probed::Unknown(why),
            })
        })
    }

    fn verify<'a>(
        &'a self,
        ctx: &'a Context,
        input: &'a Value,
        output: &'a Value,
    ) -> BoxFuture<'a, Outcome<Verdict>> {
        Box::pin(async move {
            self.0.verify(ctx, decode("input", input)?, decode("output", output)?).await
        })
    }

    fn compensate<'a>(
        &'a self,
        ctx: &'a Context,
        attempt: &'a Attempt,
    ) -> BoxFuture<'a, Outcome<Executed>> {
        Box::pin(async move {
            Ok(match self.0.compensate(ctx, Self::typed(attempt)?).await? {
                Acted::Done(()) => Executed::Done(Value::Null),
                Acted::Accepted(handle) => Executed::Accepted(encode(&handle)?),
            })
        })
    }
}

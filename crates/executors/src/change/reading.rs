//! Makes an action of a reading: it changes nothing, so nothing is ever in doubt.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::future::Future;
use std::sync::Arc;
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, Value};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Found, TypedAttempt};
use windlass_ports::{Action, Context, Outcome, TypedAction, erase};

/// Something that only looks.
pub trait Reading: Send + Sync + Sized + 'static {
    /// Its input.
    type Input: DeserializeOwned + Send + Sync;
    /// Its output.
    type Output: Serialize + DeserializeOwned + Send + Sync;

    /// What it declares.
    fn spec(&self) -> &ActionSpec;

    /// What is wrong with an input beyond its schema.
    fn check(&self, _input: &Self::Input) -> Vec<String> {
        Vec::new()
    }

    /// Looks.
    fn read(
        &self,
        ctx: &Context,
        input: &Self::Input,
    ) -> impl Future<Output = Outcome<Self::Output>> + Send;
}

/// The reading as an action.
pub fn reading<R: Reading>(reading: R) -> Arc<dyn Action> {
    erase(Once(reading))
}

struct Once<R>(R);

impl<R: Reading> TypedAction for Once<R> {
    type Input = R::Input;
    type Output = R::Output;
    type Captured = ();
    type Handle = ();

    fn spec(&self) -> &ActionSpec {
        self.0.spec()
    }

    fn effects(&self, _bindings: &Bindings, _input: &Value) -> Vec<Effect> {
        Vec::new()
    }

    fn check(&self, _bindings: &Bindings, input: &R::Input) -> Vec<String> {
        self.0.check(input)
    }

    async fn execute(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<R::Output, ()>> {
        self.0.read(ctx, &attempt.input).await.map(Acted::Done)
    }

    async fn probe(
        &self,
        _ctx: &Context,
        _attempt: TypedAttempt<'_, Self>,
        _handle: Option<()>,
    ) -> Outcome<Found<R::Output, ()>> {
        Ok(Found::Absent)
    }
}

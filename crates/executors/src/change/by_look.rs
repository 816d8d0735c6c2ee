//! Makes an action of a change: a duplicate, a crash, doubt and the way back all come down to one
//! question, where the world stands.

use super::failing::{in_doubt, permanent};
use super::key::key;
use super::seen::{Standing, Tried};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::future::Future;
use std::sync::Arc;
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, RequestId, Side, Value};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Capture, Found, Seen, TypedAttempt};
use windlass_ports::{Action, ActionError, Context, Outcome, TypedAction, Verdict, erase};

/// How often one looks at what somebody else still works at.
const LOOK_AGAIN_MS: u64 = 1_000;

/// A change of this type as it was tried.
pub type TriedOf<C> = Tried<<C as Change>::Input, <C as Change>::Before, <C as Change>::Output>;

/// A change whose doing can be seen.
pub trait Change: Send + Sync + Sized + 'static {
    /// Its input.
    type Input: DeserializeOwned + Send + Sync;
    /// Its output.
    type Output: Serialize + DeserializeOwned + Clone + Send + Sync;
    /// What was before.
    type Before: Serialize + DeserializeOwned + Send + Sync;

    /// What it declares.
    fn spec(&self) -> &ActionSpec;

    /// The fields that it sets.
    fn effects(&self, _bindings: &Bindings, _input: &Value) -> Vec<Effect> {
        Vec::new()
    }

    /// What is wrong with an input beyond its schema.
    fn check(&self, _input: &Self::Input) -> Vec<String> {
        Vec::new()
    }

    /// Reads what was before; fails where the change cannot be made.
    fn capture(
        &self,
        ctx: &Context,
        input: &Self::Input,
    ) -> impl Future<Output = Outcome<Self::Before>> + Send;

    /// Ends whatever of it a dead windlass may have left at work.
    fn settle(&self, _ctx: &Context, _key: RequestId) -> impl Future<Output = Outcome<()>> + Send {
        std::future::ready(Ok(()))
    }

    /// Looks where the world stands.
    fn look(
        &self,
        ctx: &Context,
        tried: &TriedOf<Self>,
    ) -> impl Future<Output = Outcome<Standing<Self::Output>>> + Send;

    /// Makes the change. The world is as it was, or the change has begun.
    fn apply(
        &self,
        ctx: &Context,
        tried: &TriedOf<Self>,
    ) -> impl Future<Output = Outcome<Self::Output>> + Send;

    /// Puts the world back. The change is there, or has begun.
    fn revert(
        &self,
        _ctx: &Context,
        _tried: &TriedOf<Self>,
    ) -> impl Future<Output = Outcome<()>> + Send {
        std::future::ready(permanent("no_compensation", "this action undoes nothing"))
    }

    /// Looks whether the world is still as the change left it.
    fn verify(
        &self,
        _ctx: &Context,
        _input: &Self::Input,
        _output: &Self::Output,
    ) -> impl Future<Output = Outcome<Verdict>> + Send {
        std::future::ready(Ok(Verdict::Holds))
    }
}

/// The change as an action.
pub fn change<C: Change>(change: C) -> Arc<dyn Action> {
    erase(ByLook(change))
}

struct ByLook<C>(C);

impl<C: Change> ByLook<C> {
    fn tried(ctx: &Context, attempt: TypedAttempt<'_, Self>) -> Outcome<TriedOf<C>> {
        let Some(before) = attempt.captured else {
            return permanent("no_capture", "failed to find in the history what was before");
        };
        let key = key(ctx, attempt.raw);
        let (output, started_at) = (attempt.output.flatten(), attempt.raw.started_at);
        Ok(Tried { input: attempt.input, before, output, key, started_at })
    }

    async fn standing(&self, ctx: &Context, tried: &TriedOf<C>) -> Outcome<Standing<C::Output>> {
        self.0.settle(ctx, tried.key).await?;
        self.0.look(ctx, tried).await
    }

    async fn look(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Found<Option<C::Output>, ()>> {
        let undo = attempt.raw.side == Side::Undo;
        let tried = Self::tried(ctx, attempt)?;
        Ok(match (self.standing(ctx, &tried).await?, undo) {
            (Standing::After(output), false) => Found::Done(Some(output)),
            (Standing::Before | Standing::Foreign(_), true) => Found::Done(None),
            (Standing::Working(_), _) => Found::InProgress(()),
            (Standing::Foreign(why), false) => Found::Unknown(why),
            (Standing::Before, false) | (Standing::After(_), true) => Found::Absent,
            (Standing::Begun, _) => Found::Begun,
        })
    }
}

impl<C: Change> TypedAction for ByLook<C> {
    type Input = C::Input;
    /// None is what the way back gives.
    type Output = Option<C::Output>;
    type Captured = C::Before;
    type Handle = ();

    fn spec(&self) -> &ActionSpec {
        self.0.spec()
    }

    fn effects(&self, bindings: &Bindings, input: &Value) -> Vec<Effect> {
        self.0.effects(bindings, input)
    }

    fn check(&self, _bindings: &Bindings, input: &C::Input) -> Vec<String> {
        self.0.check(input)
    }

    async fn capture(&self, ctx: &Context, input: &C::Input) -> Outcome<Capture<C::Before>> {
        Ok(Capture { state: self.0.capture(ctx, input).await?, not_before: None })
    }

    async fn execute(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Option<C::Output>, ()>> {
        let tried = Self::tried(ctx, attempt)?;
        match self.standing(ctx, &tried).await? {
            Standing::After(output) => Ok(Acted::Done(Some(output))),
            Standing::Before | Standing::Begun => {
                self.0.apply(ctx, &tried).await.map(Some).map(Acted::Done)
            }
            Standing::Working(_) => Ok(Acted::Accepted(())),
            Standing::Foreign(why) => permanent("changed", format!("failed to begin: {why}")),
        }
    }

    async fn poll(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        _handle: (),
    ) -> Outcome<Seen<Option<C::Output>, ()>> {
        match self.look(ctx, attempt).await? {
            Found::Done(output) => Ok(Seen::Done(output)),
            Found::InProgress(()) => Ok(Seen::InProgress {
                handle: (),
                percent: None,
                message: None,
                after_ms: LOOK_AGAIN_MS,
            }),
            Found::Failed(failure) => Err(ActionError::Permanent(failure)),
            Found::Absent | Found::Begun => in_doubt("it has ended, and its work is not done"),
            Found::Unknown(why) => in_doubt(why),
        }
    }

    async fn probe(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        _handle: Option<()>,
    ) -> Outcome<Found<Option<C::Output>, ()>> {
        self.look(ctx, attempt).await
    }

    async fn verify(
        &self,
        ctx: &Context,
        input: C::Input,
        output: Option<C::Output>,
    ) -> Outcome<Verdict> {
        match output {
            Some(output) => self.0.verify(ctx, &input, &output).await,
            None => Ok(Verdict::Holds),
        }
    }

    async fn compensate(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<(), ()>> {
        let tried = Self::tried(ctx, attempt)?;
        match self.standing(ctx, &tried).await? {
            Standing::Before => {}
            Standing::After(_) | Standing::Begun => self.0.revert(ctx, &tried).await?,
            Standing::Working(_) => return Ok(Acted::Accepted(())),
            Standing::Foreign(why) => ctx.output.kept(&format!("left as it is: {why}")),
        }
        Ok(Acted::Done(()))
    }
}

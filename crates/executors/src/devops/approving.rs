//! Says yes, or no, where something waits for somebody: the same way for a stage of a release and a
//! run of a pipeline.
//!
//! Nobody may have asked yet: one waits until somebody does. It must not know what waits.

use super::client::DevOps;
use super::refusal::captured;
use super::signature::signature;
use crate::schema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::future::Future;
use std::sync::Arc;
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, EffectClass, Millis, RequestId};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Capture, Found, Seen, TypedAttempt};
use windlass_ports::{Action, Context, Outcome, TypedAction, erase};

/// How long a request may still be on its way.
const SETTLE_MS: u64 = 120_000;

/// How often one looks: Azure DevOps counts calls over five minutes.
const POLL_MS: Millis = 15_000;

/// The two decisions.
const DECISIONS: [&str; 2] = ["approved", "rejected"];

/// What is asked of somebody.
pub trait Asking: DeserializeOwned + Send + Sync + 'static {
    /// An approval's id.
    type Id: Serialize + DeserializeOwned + Clone + Send + Sync;
    /// What was decided before.
    type Before: Serialize + DeserializeOwned + Send + Sync;
    /// An approval.
    type Approval: Send + Sync;

    /// What is wrong with it.
    fn wrong(&self) -> Vec<String> {
        Vec::new()
    }

    /// Who it is, as one says that it asks nobody.
    fn label(&self) -> String;

    /// Reads what was decided in this way already.
    fn before(
        &self,
        devops: &DevOps,
        decision: &str,
    ) -> impl Future<Output = Outcome<Self::Before>> + Send;

    /// The approvals that wait for a decision.
    fn pending(
        &self,
        devops: &DevOps,
        before: &Self::Before,
    ) -> impl Future<Output = Outcome<Vec<Self::Approval>>> + Send;

    /// What was decided since; nothing as long as something is open.
    fn decided(
        &self,
        devops: &DevOps,
        before: &Self::Before,
        decision: &str,
    ) -> impl Future<Output = Outcome<Vec<Self::Id>>> + Send;

    /// Decides on one.
    fn decide(
        devops: &DevOps,
        one: &Self::Approval,
        decision: &str,
        comment: &str,
        request: RequestId,
    ) -> impl Future<Output = Outcome<()>> + Send;
}

/// What both actions declare in their own words.
pub struct Words<const N: usize> {
    /// The action's kind.
    pub kind: &'static str,
    /// What it does.
    pub summary: &'static str,
    /// What names who waits, and which of it must be there.
    pub input: [(&'static str, Value); N],
    /// The same.
    pub required: &'static [&'static str],
    /// An approval's id.
    pub id: Value,
    /// Its guide.
    pub guide: ActionGuide,
    /// An example.
    pub example: String,
}

impl<const N: usize> Words<N> {
    /// What such an action declares.
    pub fn spec(self) -> ActionSpec {
        let decision = schema::one_of(&DECISIONS, "the decision");
        let mut input = schema::object(self.input, self.required);
        let properties = &mut input["properties"];
        properties["decision"] = schema::with_default(decision.clone(), DECISIONS[0]);
        properties["comment"] = schema::text("what is written beside it");
        ActionSpec {
            kind: self.kind.to_owned(),
            summary: self.summary.to_owned(),
            input,
            output: schema::object(
                [("approvals", schema::list(self.id, "the approvals")), ("decision", decision)],
                &["approvals", "decision"],
            ),
            traits: ActionTraits {
                class: EffectClass::Reversible,
                captures: true,
                compensates: false,
                compensates_in_progress: false,
                idempotent: true,
                settle_ms: SETTLE_MS,
            },
            guide: self.guide,
            example: self.example,
        }
    }
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input<A> {
    /// Who waits.
    #[serde(flatten)]
    pub asking: A,
    /// The decision.
    #[serde(default = "approved")]
    pub decision: String,
    /// What is written beside it.
    pub comment: Option<String>,
}

fn approved() -> String {
    DECISIONS[0].to_owned()
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output<I> {
    /// The approvals that are decided on.
    pub approvals: Vec<I>,
    /// The decision.
    pub decision: String,
}

/// The action.
struct Approve<A> {
    devops: Arc<DevOps>,
    spec: ActionSpec,
    asking: std::marker::PhantomData<fn() -> A>,
}

/// The action.
pub fn approve<A: Asking>(devops: Arc<DevOps>, spec: ActionSpec) -> Arc<dyn Action> {
    erase(Approve::<A> { devops, spec, asking: std::marker::PhantomData })
}

impl<A: Asking> Approve<A> {
    async fn decided(&self, attempt: &TypedAttempt<'_, Self>) -> Outcome<Option<Output<A::Id>>> {
        let (before, input) = (captured(attempt)?, &attempt.input);
        let approvals = input.asking.decided(&self.devops, before, &input.decision).await?;
        let decision = input.decision.clone();
        Ok((!approvals.is_empty()).then_some(Output { approvals, decision }))
    }

    /// Decides on what is asked; nothing where nothing is.
    async fn decide(
        &self,
        ctx: &Context,
        attempt: &TypedAttempt<'_, Self>,
    ) -> Outcome<Option<Output<A::Id>>> {
        let (input, request) = (&attempt.input, attempt.raw.request_id);
        let comment = input.comment.as_deref().unwrap_or("approved by a workflow");
        let comment = format!("{comment}; {}", signature(ctx, request));
        for one in input.asking.pending(&self.devops, captured(attempt)?).await? {
            let sent = A::decide(&self.devops, &one, &input.decision, &comment, request).await;
            // Somebody was faster, or the request arrived twice: what counts is what was decided.
            if let Err(error) = sent {
                return match self.decided(attempt).await? {
                    Some(output) => Ok(Some(output)),
                    None => Err(error),
                };
            }
        }
        self.decided(attempt).await
    }
}

impl<A: Asking> TypedAction for Approve<A> {
    type Input = Input<A>;
    type Output = Output<A::Id>;
    type Captured = A::Before;
    type Handle = ();

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn effects(&self, _bindings: &Bindings, _input: &Value) -> Vec<Effect> {
        Vec::new()
    }

    fn check(&self, _bindings: &Bindings, input: &Input<A>) -> Vec<String> {
        input.asking.wrong()
    }

    async fn capture(&self, _ctx: &Context, input: &Input<A>) -> Outcome<Capture<A::Before>> {
        let state = input.asking.before(&self.devops, &input.decision).await?;
        Ok(Capture { state, not_before: None })
    }

    async fn execute(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Output<A::Id>, ()>> {
        if let Some(output) = self.decided(&attempt).await? {
            return Ok(Acted::Done(output));
        }
        Ok(match self.decide(ctx, &attempt).await? {
            Some(output) => Acted::Done(output),
            None => Acted::Accepted(()),
        })
    }

    /// Nobody decides twice: what is no longer asked is refused.
    async fn poll(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        handle: (),
    ) -> Outcome<Seen<Output<A::Id>, ()>> {
        match self.decide(ctx, &attempt).await? {
            Some(output) => Ok(Seen::Done(output)),
            None => {
                let message = Some(format!("{} asks nobody yet", attempt.input.asking.label()));
                Ok(Seen::InProgress { handle, percent: None, message, after_ms: POLL_MS })
            }
        }
    }

    async fn probe(
        &self,
        _ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        handle: Option<()>,
    ) -> Outcome<Found<Output<A::Id>, ()>> {
        Ok(match (self.decided(&attempt).await?, handle) {
            (Some(output), _) => Found::Done(output),
            (None, Some(())) => Found::InProgress(()),
            (None, None) => Found::Absent,
        })
    }
}

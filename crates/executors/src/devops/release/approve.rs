//! `azure_devops.release.approve`: says yes, or no, where a stage of a release waits for somebody.
//!
//! The stage may not have asked yet: one waits until it does.

use super::approvals::Approval;
use super::releases::{Release, ReleaseRef, release_ref_schema, stage_name, stage_schema};
use crate::devops::client::DevOps;
use crate::devops::refusal::{captured, permanent};
use crate::devops::signature::signature;
use crate::schema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, EffectClass, Millis};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Capture, Found, Seen, TypedAttempt};
use windlass_ports::{Context, Outcome, TypedAction};

/// The action's kind.
pub const KIND: &str = "azure_devops.release.approve";

/// How long a request may still be on its way.
const SETTLE_MS: u64 = 120_000;

/// How often a stage is looked at: Azure DevOps counts calls over five minutes.
const POLL_MS: Millis = 15_000;

/// The two decisions.
const DECISIONS: [&str; 2] = ["approved", "rejected"];

/// The action.
pub struct Approve {
    devops: Arc<DevOps>,
    spec: ActionSpec,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The release.
    pub release: ReleaseRef,
    /// Its stage.
    #[serde(deserialize_with = "stage_name")]
    pub stage: String,
    /// The decision.
    #[serde(default = "approved")]
    pub decision: String,
    /// What is written beside it.
    pub comment: Option<String>,
}

fn approved() -> String {
    DECISIONS[0].to_owned()
}

/// What was before.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// The release's stage.
    pub stage: u64,
    /// The last approval of the stage that was decided on in this way; later ones count.
    pub last: u64,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The approvals that are decided on.
    pub approvals: Vec<u64>,
    /// The decision.
    pub decision: String,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    let decision = schema::one_of(&DECISIONS, "the decision");
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Approves or rejects what a stage of a release waits for, once it asks."
            .to_owned(),
        input: schema::object(
            [
                ("release", release_ref_schema("the release")),
                ("stage", stage_schema()),
                ("decision", schema::with_default(decision.clone(), DECISIONS[0])),
                ("comment", schema::text("what is written beside it")),
            ],
            &["release", "stage"],
        ),
        output: schema::object(
            [
                ("approvals", schema::list(schema::int("a number"), "the approvals")),
                ("decision", decision),
            ],
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
        guide: ActionGuide::new(
            "the last approval of the stage that was decided on",
            "reads the approvals of the stage",
            "nothing: the step that deploys undoes what was let through",
            &[
                "PAT scope Release (read, write, execute and manage)",
                "the identity is an approver of the stage",
            ],
        ),
        example: format!(
            "- id: go\n  uses: {KIND}\n  with: {{ release: \
             \"${{{{ steps.release.outputs }}}}\", stage: prod2 }}\n"
        ),
    }
}

impl Approve {
    /// The action.
    pub fn new(devops: Arc<DevOps>) -> Self {
        Self { devops, spec: spec() }
    }

    async fn listed(
        &self,
        attempt: &TypedAttempt<'_, Self>,
        status: &str,
    ) -> Outcome<Vec<Approval>> {
        let stage = captured(attempt)?.stage;
        let place = (attempt.input.release.id(), stage);
        Approval::of_stage(&self.devops, place, status).await
    }

    /// What was decided since the step looked first.
    async fn decided(&self, attempt: &TypedAttempt<'_, Self>) -> Outcome<Option<Output>> {
        let (last, decision) = (captured(attempt)?.last, &attempt.input.decision);
        let found = self.listed(attempt, decision).await?;
        let new: Vec<u64> = found.iter().map(|one| one.id).filter(|id| *id > last).collect();
        let open = self.listed(attempt, "pending").await?;
        let over = !new.is_empty() && open.is_empty();
        Ok(over.then(|| Output { approvals: new, decision: decision.clone() }))
    }

    /// Decides on what is asked; nothing where nothing is.
    async fn decide(
        &self,
        ctx: &Context,
        attempt: &TypedAttempt<'_, Self>,
    ) -> Outcome<Option<Output>> {
        let open = self.listed(attempt, "pending").await?;
        let request = attempt.raw.request_id;
        let comment = attempt.input.comment.as_deref().unwrap_or("approved by a workflow");
        let comment = format!("{comment}; {}", signature(ctx, request));
        for one in &open {
            let decision = &attempt.input.decision;
            let sent = one.decide(&self.devops, decision, &comment, request).await;
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

impl TypedAction for Approve {
    type Input = Input;
    type Output = Output;
    type Captured = Before;
    type Handle = ();

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn effects(&self, _bindings: &Bindings, _input: &Value) -> Vec<Effect> {
        Vec::new()
    }

    async fn capture(&self, _ctx: &Context, input: &Input) -> Outcome<Capture<Before>> {
        let release = Release::read(&self.devops, input.release.id()).await?;
        let stage = release.stage(&input.stage)?.id;
        if !release.active {
            let message = format!("failed to approve {}: it is abandoned or a draft", release.name);
            return permanent("not_active", message);
        }
        let place = (release.id, stage);
        let known = Approval::of_stage(&self.devops, place, &input.decision).await?;
        let last = known.iter().map(|one| one.id).max().unwrap_or(0);
        Ok(Capture { state: Before { stage, last }, not_before: None })
    }

    async fn execute(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Output, ()>> {
        if let Some(output) = self.decided(&attempt).await? {
            return Ok(Acted::Done(output));
        }
        match self.decide(ctx, &attempt).await? {
            Some(output) => Ok(Acted::Done(output)),
            None => Ok(Acted::Accepted(())),
        }
    }

    /// Nobody decides twice: what is no longer asked is refused.
    async fn poll(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        handle: (),
    ) -> Outcome<Seen<Output, ()>> {
        match self.decide(ctx, &attempt).await? {
            Some(output) => Ok(Seen::Done(output)),
            None => {
                let message = Some(format!("{} asks nobody yet", attempt.input.stage));
                Ok(Seen::InProgress { handle, percent: None, message, after_ms: POLL_MS })
            }
        }
    }

    async fn probe(
        &self,
        _ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        handle: Option<()>,
    ) -> Outcome<Found<Output, ()>> {
        Ok(match (self.decided(&attempt).await?, handle) {
            (Some(output), _) => Found::Done(output),
            (None, Some(())) => Found::InProgress(()),
            (None, None) => Found::Absent,
        })
    }
}

//! `azure_devops.pipeline.approve`: says yes, or no, where a run of a YAML pipeline waits for
//! somebody.
//!
//! The service lists the approvals of the whole project: one that does not say which run it belongs
//! to is nobody's business here.

use super::runs::RunApproval;
use crate::devops::client::DevOps;
use crate::devops::refusal::captured;
use crate::devops::signature::signature;
use crate::schema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, EffectClass, Millis};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Capture, Found, Seen, TypedAttempt};
use windlass_ports::{Context, Outcome, TypedAction};

/// The action's kind.
pub const KIND: &str = "azure_devops.pipeline.approve";

/// How long a request may still be on its way.
const SETTLE_MS: u64 = 120_000;

/// How often a run is looked at: Azure DevOps counts calls over five minutes.
const POLL_MS: Millis = 15_000;

/// The two decisions.
const DECISIONS: [&str; 2] = ["approved", "rejected"];

/// The action.
pub struct Approve {
    devops: Arc<DevOps>,
    spec: ActionSpec,
}

/// A run: its number, or what `pipeline.run` gave.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum RunRef {
    /// Its number.
    Id(u64),
    /// What a step gave.
    Run {
        /// Its number.
        id: u64,
    },
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The run.
    pub run: Option<RunRef>,
    /// Or the approval.
    pub approval: Option<String>,
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
    /// The approvals that were decided on in this way already.
    pub known: Vec<String>,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The approvals that are decided on.
    pub approvals: Vec<String>,
    /// The decision.
    pub decision: String,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    let mut run = schema::text("the run: its number, or the outputs of azure_devops.pipeline.run");
    run["type"] = json!(["integer", "object"]);
    let decision = schema::one_of(&DECISIONS, "the decision");
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Approves or rejects what a run of a YAML pipeline waits for, once it asks."
            .to_owned(),
        input: schema::object(
            [
                ("run", run),
                ("approval", schema::text("or the id of the approval")),
                ("decision", schema::with_default(decision.clone(), DECISIONS[0])),
                ("comment", schema::text("what is written beside it")),
            ],
            &[],
        ),
        output: schema::object(
            [
                ("approvals", schema::list(schema::text("an id"), "the approvals")),
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
            "the approvals of the run that were decided on",
            "reads the approvals",
            "nothing: the step that runs the pipeline undoes what was let through",
            &["PAT scope Build (read and execute)", "the identity is an approver"],
        ),
        example: format!(
            "- id: go\n  uses: {KIND}\n  with: {{ run: \"${{{{ steps.smoke.outputs }}}}\" }}\n"
        ),
    }
}

impl Approve {
    /// The action.
    pub fn new(devops: Arc<DevOps>) -> Self {
        Self { devops, spec: spec() }
    }

    /// Those of the run, or the one that is named, with a state.
    async fn listed(&self, input: &Input, state: &str) -> Outcome<Vec<RunApproval>> {
        let filter = match &input.approval {
            Some(id) => ("approvalIds", id.as_str()),
            None => ("state", state),
        };
        let all = RunApproval::list(&self.devops, filter).await?;
        let run = input.run.as_ref().map(|run| match run {
            RunRef::Id(id) | RunRef::Run { id } => *id,
        });
        let ours = |one: &RunApproval| match &input.approval {
            Some(id) => one.id.eq_ignore_ascii_case(id),
            None => one.run.is_some() && one.run == run,
        };
        Ok(all.into_iter().filter(|one| ours(one) && one.status == state).collect())
    }

    /// What was decided since the step looked first.
    async fn decided(&self, attempt: &TypedAttempt<'_, Self>) -> Outcome<Option<Output>> {
        let (before, input) = (captured(attempt)?, &attempt.input);
        let found = self.listed(input, &input.decision).await?;
        let new: Vec<String> =
            found.into_iter().map(|one| one.id).filter(|id| !before.known.contains(id)).collect();
        let decision = input.decision.clone();
        Ok((!new.is_empty()).then_some(Output { approvals: new, decision }))
    }

    async fn decide(
        &self,
        ctx: &Context,
        attempt: &TypedAttempt<'_, Self>,
    ) -> Outcome<Option<Output>> {
        let (input, request) = (&attempt.input, attempt.raw.request_id);
        let comment = input.comment.as_deref().unwrap_or("approved by a workflow");
        let comment = format!("{comment}; {}", signature(ctx, request));
        for one in self.listed(input, "pending").await? {
            let sent = one.decide(&self.devops, &input.decision, &comment, request).await;
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

    fn check(&self, _bindings: &Bindings, input: &Input) -> Vec<String> {
        match (&input.run, &input.approval) {
            (Some(_), None) | (None, Some(_)) => Vec::new(),
            _ => vec!["give either `run` or `approval`".to_owned()],
        }
    }

    async fn capture(&self, _ctx: &Context, input: &Input) -> Outcome<Capture<Before>> {
        let known = self.listed(input, &input.decision).await?;
        let known = known.into_iter().map(|one| one.id).collect();
        Ok(Capture { state: Before { known }, not_before: None })
    }

    async fn execute(
        &self,
        ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Output, ()>> {
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
    ) -> Outcome<Seen<Output, ()>> {
        match self.decide(ctx, &attempt).await? {
            Some(output) => Ok(Seen::Done(output)),
            None => {
                let message = Some("the run asks nobody yet".to_owned());
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

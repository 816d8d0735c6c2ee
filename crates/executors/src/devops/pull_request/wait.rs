//! `azure_devops.pull_request.wait`: follows a pull request until people merged it. It only looks.

use super::requests::{Merged, PullRequest, RequestRef, merged_schema, request_ref_schema};
use crate::devops::client::DevOps;
use crate::schema;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, EffectClass, Millis};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Found, Seen, TypedAttempt};
use windlass_ports::{Context, Outcome, TypedAction};

/// The action's kind.
pub const KIND: &str = "azure_devops.pull_request.wait";

/// How often it is asked for: people take their time, and Azure DevOps counts calls.
const POLL_MS: Millis = 30_000;

/// The action.
pub struct Wait {
    devops: Arc<DevOps>,
    spec: ActionSpec,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The pull request.
    pub pull_request: RequestRef,
    /// The repository.
    pub repository: Option<String>,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Waits until people completed a pull request; one that is abandoned fails."
            .to_owned(),
        input: schema::object(
            [
                ("pull_request", request_ref_schema()),
                ("repository", schema::text("the repository; the section's where absent")),
            ],
            &["pull_request"],
        ),
        output: merged_schema(),
        traits: ActionTraits {
            class: EffectClass::ReadOnly,
            captures: false,
            compensates: false,
            compensates_in_progress: false,
            idempotent: true,
            settle_ms: 0,
        },
        guide: ActionGuide::new(
            "nothing",
            "nothing is changed, so nothing is in doubt",
            "nothing to undo",
            &["PAT scope Code (read)"],
        ),
        example: format!(
            "- id: merged\n  uses: {KIND}\n  with: {{ pull_request: \
             \"${{{{ steps.pull.outputs }}}}\" }}\n"
        ),
    }
}

impl Wait {
    /// The action.
    pub fn new(devops: Arc<DevOps>) -> Self {
        Self { devops, spec: spec() }
    }

    async fn read(&self, input: &Input) -> Outcome<PullRequest> {
        let repository = self.devops.repository(input.repository.as_deref());
        let id = input.pull_request.id();
        Ok(PullRequest::read(&self.devops, &repository, id).await?.0)
    }
}

impl TypedAction for Wait {
    type Input = Input;
    type Output = Merged;
    type Captured = ();
    type Handle = ();

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn effects(&self, _bindings: &Bindings, _input: &Value) -> Vec<Effect> {
        Vec::new()
    }

    async fn execute(
        &self,
        _ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Merged, ()>> {
        let now = self.read(&attempt.input).await?;
        Ok(now.merged()?.map_or(Acted::Accepted(()), Acted::Done))
    }

    async fn poll(
        &self,
        _ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        handle: (),
    ) -> Outcome<Seen<Merged, ()>> {
        let now = self.read(&attempt.input).await?;
        if let Some(merged) = now.merged()? {
            return Ok(Seen::Done(merged));
        }
        let message = Some(format!("pull request {} into {} is open", now.id, now.target));
        Ok(Seen::InProgress { handle, percent: None, message, after_ms: POLL_MS })
    }

    /// A wait that was interrupted left no trace: one looks again.
    async fn probe(
        &self,
        _ctx: &Context,
        _attempt: TypedAttempt<'_, Self>,
        handle: Option<()>,
    ) -> Outcome<Found<Merged, ()>> {
        Ok(handle.map_or(Found::Absent, Found::InProgress))
    }
}

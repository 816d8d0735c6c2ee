//! `azure_devops.pull_request.complete`: a pull request merged, and followed until it is.
//!
//! The completion names the commit that was seen: whoever pushed since is not merged unseen.

use super::requests::{Merged, PullRequest, RequestRef, merged_schema, request_ref_schema};
use crate::devops::client::DevOps;
use crate::devops::refusal::{captured, permanent};
use crate::schema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, EffectClass, Failure, Millis};
use windlass_ports::action::Bindings;
use windlass_ports::typed::{Acted, Capture, Found, Seen, TypedAttempt};
use windlass_ports::{ActionError, Context, Outcome, TypedAction};

/// The action's kind.
pub const KIND: &str = "azure_devops.pull_request.complete";

/// How long a request may still be on its way.
const SETTLE_MS: u64 = 120_000;

/// How often it is asked for.
const POLL_MS: Millis = 5_000;

/// How a pull request can be merged.
const STRATEGIES: [&str; 4] = ["noFastForward", "squash", "rebase", "rebaseMerge"];

/// The action.
pub struct Complete {
    devops: Arc<DevOps>,
    spec: ActionSpec,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The pull request.
    pub pull_request: RequestRef,
    /// The message of its merge commit.
    pub message: Option<String>,
    /// How it is merged.
    #[serde(default = "strategy")]
    pub strategy: String,
    /// Whether its branch goes with it.
    #[serde(default)]
    pub delete_branch: bool,
    /// The repository.
    pub repository: Option<String>,
}

fn strategy() -> String {
    STRATEGIES[0].to_owned()
}

/// What was before.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// The newest commit that was seen.
    pub commit: String,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    let how = schema::one_of(&STRATEGIES, "how it is merged");
    let branch = schema::boolean("whether its branch goes with it");
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Completes a pull request and waits until it is merged. A [skip ci] in its \
                  message keeps no build from starting."
            .to_owned(),
        input: schema::object(
            [
                ("pull_request", request_ref_schema()),
                ("message", schema::text("the message of its merge commit")),
                ("strategy", schema::with_default(how, STRATEGIES[0])),
                ("delete_branch", schema::with_default(branch, false)),
                ("repository", schema::text("the repository; the section's where absent")),
            ],
            &["pull_request"],
        ),
        output: merged_schema(),
        traits: ActionTraits {
            class: EffectClass::Irreversible,
            captures: true,
            compensates: false,
            compensates_in_progress: false,
            idempotent: true,
            settle_ms: SETTLE_MS,
        },
        guide: ActionGuide::new(
            "the newest commit of the pull request",
            "reads the pull request",
            "nothing: it is reverted by a pull request of its own",
            &["PAT scope Code (read and write)", "the right to complete pull requests"],
        ),
        example: format!(
            "- id: merged\n  uses: {KIND}\n  with: {{ pull_request: \
             \"${{{{ steps.pull.outputs }}}}\" }}\n"
        ),
    }
}

impl Complete {
    /// The action.
    pub fn new(devops: Arc<DevOps>) -> Self {
        Self { devops, spec: spec() }
    }

    async fn read(&self, input: &Input) -> Outcome<(PullRequest, Option<String>)> {
        let repository = self.devops.repository(input.repository.as_deref());
        PullRequest::read(&self.devops, &repository, input.pull_request.id()).await
    }

    /// Where it stands: merged, at work, refused, or nothing of that.
    fn stand(now: &PullRequest) -> Found<Merged, ()> {
        match now.merged() {
            Ok(Some(merged)) => return Found::Done(merged),
            Err(ActionError::Permanent(failure)) => return Found::Failed(failure),
            _ => {}
        }
        let word = |word: &str| now.merge_status.eq_ignore_ascii_case(word);
        if word("conflicts") || word("rejectedByPolicy") || word("failure") {
            return Found::Failed(Failure::permanent(
                "not_merged",
                format!(
                    "failed to complete the pull request {}: Azure DevOps says {}; mend its \
                     branch {}",
                    now.id, now.merge_status, now.source
                ),
            ));
        }
        if now.completing { Found::InProgress(()) } else { Found::Absent }
    }
}

impl TypedAction for Complete {
    type Input = Input;
    type Output = Merged;
    type Captured = Before;
    type Handle = ();

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn effects(&self, _bindings: &Bindings, _input: &Value) -> Vec<Effect> {
        Vec::new()
    }

    fn check(&self, _bindings: &Bindings, input: &Input) -> Vec<String> {
        let known = STRATEGIES.contains(&input.strategy.as_str());
        (!known)
            .then(|| format!("`strategy` is one of {}", STRATEGIES.join(", ")))
            .into_iter()
            .collect()
    }

    async fn capture(&self, _ctx: &Context, input: &Input) -> Outcome<Capture<Before>> {
        let (now, date) = self.read(input).await?;
        now.merged()?;
        let Some(commit) = now.source_commit.or(now.merge_commit) else {
            return permanent("no_commit", format!("failed to read what {} merges", now.id));
        };
        Ok(Capture { state: Before { commit }, not_before: date })
    }

    async fn execute(
        &self,
        _ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
    ) -> Outcome<Acted<Merged, ()>> {
        let input = &attempt.input;
        let (now, _) = self.read(input).await?;
        match Self::stand(&now) {
            Found::Done(merged) => return Ok(Acted::Done(merged)),
            Found::InProgress(()) => return Ok(Acted::Accepted(())),
            Found::Failed(failure) => return Err(ActionError::Permanent(failure)),
            Found::Absent | Found::Begun | Found::Unknown(_) => {}
        }
        let before = captured(&attempt)?;
        if now.source_commit.as_ref() != Some(&before.commit) {
            return permanent(
                "moved_past",
                format!(
                    "failed to complete the pull request {}: somebody pushed to {} since {} was \
                     read; look at what came and run the step again",
                    now.id, now.source, before.commit
                ),
            );
        }
        let mut options = json!({
            "mergeStrategy": input.strategy,
            "deleteSourceBranch": input.delete_branch,
        });
        if let Some(message) = &input.message {
            options["mergeCommitMessage"] = json!(message);
        }
        let body = json!({
            "status": "completed",
            "lastMergeSourceCommit": {"commitId": before.commit},
            "completionOptions": options,
        });
        let repository = self.devops.repository(input.repository.as_deref());
        let request = attempt.raw.request_id;
        let said = now.change(&self.devops, &repository, ("complete", body), request).await?;
        Ok(match said.merged()? {
            Some(merged) => Acted::Done(merged),
            None => Acted::Accepted(()),
        })
    }

    async fn poll(
        &self,
        _ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        handle: (),
    ) -> Outcome<Seen<Merged, ()>> {
        let (now, _) = self.read(&attempt.input).await?;
        match Self::stand(&now) {
            Found::Done(merged) => Ok(Seen::Done(merged)),
            Found::Failed(failure) => Err(ActionError::Permanent(failure)),
            _ => {
                let message = Some(format!("pull request {}: {}", now.id, now.merge_status));
                Ok(Seen::InProgress { handle, percent: None, message, after_ms: POLL_MS })
            }
        }
    }

    async fn probe(
        &self,
        _ctx: &Context,
        attempt: TypedAttempt<'_, Self>,
        _handle: Option<()>,
    ) -> Outcome<Found<Merged, ()>> {
        Ok(Self::stand(&self.read(&attempt.input).await?.0))
    }
}

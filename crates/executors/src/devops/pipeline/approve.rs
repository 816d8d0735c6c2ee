//! `azure_devops.pipeline.approve`: says yes, or no, where a run of a YAML pipeline waits for
//! somebody.
//!
//! The service lists the approvals of the whole project: one that does not say which run it belongs
//! to is nobody's business here.

use super::runs::RunApproval;
use crate::devops::approving::{Asking, Words};
use crate::devops::client::DevOps;
use crate::schema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use windlass_model::catalog::ActionGuide;
use windlass_model::{ActionSpec, RequestId};
use windlass_ports::Outcome;

/// The action's kind.
pub const KIND: &str = "azure_devops.pipeline.approve";

/// A run: its number, or what `pipeline.run` gave.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum RunRef {
    /// Its number.
    Id(u64),
    /// What a step gave.
    Run {
        /// Its number.
        id: u64,
    },
}

/// Who waits.
#[derive(Clone, Debug, Deserialize)]
pub struct PipelineRun {
    /// The run.
    run: Option<RunRef>,
    /// Or the approval.
    approval: Option<String>,
}

/// What was before.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// The approvals that were decided on in this way already.
    known: Vec<String>,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    let mut run = schema::text("the run: its number, or the outputs of azure_devops.pipeline.run");
    run["type"] = json!(["integer", "object"]);
    let words = Words {
        kind: KIND,
        summary: "Approves or rejects what a run of a YAML pipeline waits for, once it asks.",
        input: [("run", run), ("approval", schema::text("or the id of the approval"))],
        required: &[],
        id: schema::text("an id"),
        guide: ActionGuide::new(
            "the approvals of the run that were decided on",
            "reads the approvals",
            "nothing: the step that runs the pipeline undoes what was let through",
            &["PAT scope Build (read and execute)", "the identity is an approver"],
        ),
        example: format!(
            "- id: go\n  uses: {KIND}\n  with: {{ run: \"${{{{ steps.smoke.outputs }}}}\" }}\n"
        ),
    };
    words.spec()
}

impl PipelineRun {
    /// Those of the run, or the one that is named, with a state.
    async fn listed(&self, devops: &DevOps, state: &str) -> Outcome<Vec<RunApproval>> {
        let filter = match &self.approval {
            Some(id) => ("approvalIds", id.as_str()),
            None => ("state", state),
        };
        let all = RunApproval::list(devops, filter).await?;
        let run = self.run.as_ref().map(|run| match run {
            RunRef::Id(id) | RunRef::Run { id } => *id,
        });
        let ours = |one: &RunApproval| match &self.approval {
            Some(id) => one.id.eq_ignore_ascii_case(id),
            None => one.run.is_some() && one.run == run,
        };
        Ok(all.into_iter().filter(|one| ours(one) && one.status == state).collect())
    }
}

impl Asking for PipelineRun {
    type Id = String;
    type Before = Before;
    type Approval = RunApproval;

    fn wrong(&self) -> Vec<String> {
        match (&self.run, &self.approval) {
            (Some(_), None) | (None, Some(_)) => Vec::new(),
            _ => vec!["give either `run` or `approval`".to_owned()],
        }
    }

    fn label(&self) -> String {
        "the run".to_owned()
    }

    async fn before(&self, devops: &DevOps, decision: &str) -> Outcome<Before> {
        let known = self.listed(devops, decision).await?;
        Ok(Before { known: known.into_iter().map(|one| one.id).collect() })
    }

    async fn pending(&self, devops: &DevOps, _before: &Before) -> Outcome<Vec<RunApproval>> {
        self.listed(devops, "pending").await
    }

    async fn decided(
        &self,
        devops: &DevOps,
        before: &Before,
        decision: &str,
    ) -> Outcome<Vec<String>> {
        let found = self.listed(devops, decision).await?.into_iter().map(|one| one.id);
        Ok(found.filter(|id| !before.known.contains(id)).collect())
    }

    async fn decide(
        devops: &DevOps,
        one: &RunApproval,
        decision: &str,
        comment: &str,
        request: RequestId,
    ) -> Outcome<()> {
        one.decide(devops, decision, comment, request).await
    }
}

//! `azure_devops.release.approve`: says yes, or no, where a stage of a release waits for somebody.

use super::approvals::Approval;
use super::releases::{Release, ReleaseRef, release_ref_schema, stage_name, stage_schema};
use crate::devops::approving::{Asking, Words};
use crate::devops::client::DevOps;
use crate::devops::refusal::permanent;
use crate::schema;
use serde::{Deserialize, Serialize};
use windlass_model::catalog::ActionGuide;
use windlass_model::{ActionSpec, RequestId};
use windlass_ports::Outcome;

/// The action's kind.
pub const KIND: &str = "azure_devops.release.approve";

/// Who waits.
#[derive(Clone, Debug, Deserialize)]
pub struct Stage {
    /// The release.
    release: ReleaseRef,
    /// Its stage.
    #[serde(deserialize_with = "stage_name")]
    stage: String,
}

/// What was before.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// The release's stage.
    stage: u64,
    /// The last approval of the stage that was decided on in this way; later ones count.
    last: u64,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    let words = Words {
        kind: KIND,
        summary: "Approves or rejects what a stage of a release waits for, once it asks.",
        input: [("release", release_ref_schema("the release")), ("stage", stage_schema())],
        required: &["release", "stage"],
        id: schema::int("a number"),
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
    };
    words.spec()
}

impl Stage {
    async fn listed(
        &self,
        devops: &DevOps,
        before: &Before,
        status: &str,
    ) -> Outcome<Vec<Approval>> {
        Approval::of_stage(devops, (self.release.id(), before.stage), status).await
    }
}

impl Asking for Stage {
    type Id = u64;
    type Before = Before;
    type Approval = Approval;

    fn label(&self) -> String {
        self.stage.clone()
    }

    async fn before(&self, devops: &DevOps, decision: &str) -> Outcome<Before> {
        let release = Release::read(devops, self.release.id()).await?;
        let stage = release.stage(&self.stage)?.id;
        if !release.active {
            let message = format!("failed to approve {}: it is abandoned or a draft", release.name);
            return permanent("not_active", message);
        }
        let known = Approval::of_stage(devops, (release.id, stage), decision).await?;
        Ok(Before { stage, last: known.iter().map(|one| one.id).max().unwrap_or(0) })
    }

    async fn pending(&self, devops: &DevOps, before: &Before) -> Outcome<Vec<Approval>> {
        self.listed(devops, before, "pending").await
    }

    async fn decided(&self, devops: &DevOps, before: &Before, decision: &str) -> Outcome<Vec<u64>> {
        let found = self.listed(devops, before, decision).await?;
        let open = self.pending(devops, before).await?;
        let new = found.iter().map(|one| one.id).filter(|id| *id > before.last);
        Ok(if open.is_empty() { new.collect() } else { Vec::new() })
    }

    async fn decide(
        devops: &DevOps,
        one: &Approval,
        decision: &str,
        comment: &str,
        request: RequestId,
    ) -> Outcome<()> {
        one.decide(devops, decision, comment, request).await
    }
}

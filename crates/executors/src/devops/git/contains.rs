//! `azure_devops.git.contains`: whether a branch holds a commit. It only looks.
//!
//! What counts is where the commit is now, not the branch that it was built from.

use super::history::contains;
use super::refs::{known_head, short};
use crate::change::kinds::read_only;
use crate::change::reading::Reading;
use crate::devops::client::DevOps;
use crate::schema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use windlass_model::ActionSpec;
use windlass_model::catalog::ActionGuide;
use windlass_ports::{Context, Outcome};

/// The action's kind.
pub const KIND: &str = "azure_devops.git.contains";

/// The action.
pub struct Contains {
    devops: Arc<DevOps>,
    spec: ActionSpec,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The branch.
    pub branch: String,
    /// The commit.
    pub commit: String,
    /// The repository.
    pub repository: Option<String>,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// Whether the branch holds the commit.
    pub contains: bool,
    /// Whether the commit is the branch's newest.
    pub newest: bool,
    /// The branch's newest commit.
    pub head: String,
    /// The commit that was asked for.
    pub commit: String,
    /// The branch.
    pub branch: String,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Says whether a branch holds a commit, whatever branch it was built from."
            .to_owned(),
        input: schema::object(
            [
                ("branch", schema::text("the branch")),
                ("commit", schema::text("the commit")),
                ("repository", schema::text("the repository; the section's where absent")),
            ],
            &["branch", "commit"],
        ),
        output: schema::object(
            [
                ("contains", schema::boolean("whether the branch holds the commit")),
                ("newest", schema::boolean("whether the commit is the branch's newest")),
                ("head", schema::text("the branch's newest commit")),
                ("commit", schema::text("the commit that was asked for")),
                ("branch", schema::text("the branch, without refs/heads/")),
            ],
            &["contains", "newest", "head", "commit", "branch"],
        ),
        traits: read_only(),
        guide: ActionGuide::new(
            "nothing",
            "nothing is changed, so nothing is in doubt",
            "nothing to undo",
            &["PAT scope Code (read)"],
        ),
        example: format!(
            "- id: in_prod\n  uses: {KIND}\n  with: {{ branch: prod, commit: \
             \"${{{{ steps.build.outputs.commit }}}}\" }}\n"
        ),
    }
}

impl Contains {
    /// The action.
    pub fn new(devops: Arc<DevOps>) -> Self {
        Self { devops, spec: spec() }
    }
}

impl Reading for Contains {
    type Input = Input;
    type Output = Output;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    async fn read(&self, _ctx: &Context, input: &Input) -> Outcome<Output> {
        let repository = self.devops.repository(input.repository.as_deref());
        let head = known_head(&self.devops, &repository, &input.branch).await?;
        let contains = contains(&self.devops, &repository, &head, &input.commit).await?;
        Ok(Output {
            contains,
            newest: head == input.commit,
            head,
            commit: input.commit.clone(),
            branch: short(&input.branch).to_owned(),
        })
    }
}

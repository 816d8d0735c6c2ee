//! `git.assert_ancestor`: fails unless one commit contains another.

use super::binding::KIND as REPOSITORY;
use super::repository::Repository;
use crate::change::failing::permanent;
use crate::change::key::looking;
use crate::change::kinds::read_only;
use crate::change::reading::Reading;
use crate::schema;
use serde::{Deserialize, Serialize};
use windlass_model::ActionSpec;
use windlass_model::catalog::ActionGuide;
use windlass_ports::{Context, Outcome};

/// The action's kind.
pub const KIND: &str = "git.assert_ancestor";

/// The action.
pub struct AssertAncestor(pub ActionSpec);

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The clone.
    pub repository: String,
    /// What must be contained.
    pub ancestor: String,
    /// In what.
    pub of: String,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The commit that is contained.
    pub ancestor: String,
    /// The commit that contains it.
    pub commit: String,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Fails unless a commit is an ancestor of another, or the same.".to_owned(),
        input: schema::object(
            [
                ("repository", schema::resource(REPOSITORY, "the clone")),
                ("ancestor", schema::text("what must be contained, such as a build's commit")),
                ("of", schema::text("in what, such as origin/prod")),
            ],
            &["repository", "ancestor", "of"],
        ),
        output: schema::object(
            [
                ("ancestor", schema::text("the commit that is contained")),
                ("commit", schema::text("the commit that contains it")),
            ],
            &["ancestor", "commit"],
        ),
        traits: read_only(),
        guide: ActionGuide::new(
            "nothing",
            "nothing is changed, so nothing is in doubt",
            "nothing to undo",
            &["reading the clone's folder"],
        ),
        example: format!(
            "- id: released\n  uses: {KIND}\n  with: {{ repository: app, ancestor: v2.7.1, of: \
             origin/prod }}\n"
        ),
    }
}

impl Reading for AssertAncestor {
    type Input = Input;
    type Output = Output;

    fn spec(&self) -> &ActionSpec {
        &self.0
    }

    async fn read(&self, ctx: &Context, input: &Input) -> Outcome<Output> {
        let repository = Repository::find(ctx, &input.repository, looking(ctx))?;
        let ancestor = repository.commit(&input.ancestor).await?;
        let commit = repository.commit(&input.of).await?;
        if !repository.is_ancestor(&ancestor, &commit).await? {
            return permanent(
                "not_contained",
                format!(
                    "failed to find {} ({ancestor}) in {} ({commit}) of {}: it is not contained",
                    input.ancestor, input.of, repository.name
                ),
            );
        }
        Ok(Output { ancestor, commit })
    }
}

//! `git.tag`: an annotated tag where there was none.

use super::binding::KIND as REPOSITORY;
use super::repository::{Repository, bad_name};
use crate::change::by_look::{Change, TriedOf};
use crate::change::failing::permanent;
use crate::change::key::looking;
use crate::change::kinds::reversible;
use crate::change::seen::Standing;
use crate::child::ending::end_marked;
use crate::schema;
use serde::{Deserialize, Serialize};
use windlass_model::catalog::ActionGuide;
use windlass_model::{ActionSpec, RequestId};
use windlass_ports::{Context, Outcome, Verdict};

/// The action's kind.
pub const KIND: &str = "git.tag";

/// The action.
pub struct Tag(pub ActionSpec);

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The clone.
    pub repository: String,
    /// The tag's name.
    pub name: String,
    /// What is tagged.
    pub at: String,
    /// The tag's message; its name where absent.
    pub message: Option<String>,
}

/// What was before: no tag of that name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// What is tagged.
    pub commit: String,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The tag.
    pub tag: String,
    /// What it points to.
    pub commit: String,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Makes an annotated tag in a clone, under a name that is free.".to_owned(),
        input: schema::object(
            [
                ("repository", schema::resource(REPOSITORY, "the clone")),
                ("name", schema::text("the tag's name; it must be free")),
                ("at", schema::text("what is tagged, such as prod or a commit")),
                ("message", schema::text("the tag's message; its name where absent")),
            ],
            &["repository", "name", "at"],
        ),
        output: schema::object(
            [
                ("tag", schema::text("the tag")),
                ("commit", schema::text("the commit that it points to")),
            ],
            &["tag", "commit"],
        ),
        traits: reversible(),
        guide: ActionGuide::new(
            "that the name is free, and the commit",
            "looks whether the tag is there and points to that commit",
            "deletes the tag, unless it points elsewhere by now",
            &["writing to the clone's folder"],
        ),
        example: format!(
            "- id: tag\n  uses: {KIND}\n  with: {{ repository: app, name: \
             \"v${{{{ inputs.version }}}}\", at: prod }}\n"
        ),
    }
}

fn full(name: &str) -> String {
    format!("refs/tags/{name}")
}

impl Change for Tag {
    type Input = Input;
    type Output = Output;
    type Before = Before;

    fn spec(&self) -> &ActionSpec {
        &self.0
    }

    fn check(&self, input: &Input) -> Vec<String> {
        bad_name(&input.name).into_iter().collect()
    }

    async fn capture(&self, ctx: &Context, input: &Input) -> Outcome<Before> {
        let repository = Repository::find(ctx, &input.repository, looking(ctx))?;
        if repository.reference(&full(&input.name)).await?.is_some() {
            let (name, clone) = (&input.name, &repository.name);
            return permanent(
                "taken",
                format!("failed to make the tag {name} in {clone}: there is one; name another"),
            );
        }
        Ok(Before { commit: repository.commit(&input.at).await? })
    }

    async fn settle(&self, _ctx: &Context, key: RequestId) -> Outcome<()> {
        end_marked(key).await
    }

    async fn look(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Standing<Output>> {
        let repository = Repository::find(ctx, &tried.input.repository, tried.key)?;
        let name = &tried.input.name;
        Ok(match repository.find_commit(&full(name)).await? {
            None => Standing::Before,
            Some(commit) if commit == tried.before.commit => {
                Standing::After(Output { tag: name.clone(), commit })
            }
            Some(commit) => Standing::Foreign(format!("the tag {name} points to {commit}")),
        })
    }

    async fn apply(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Output> {
        let repository = Repository::find(ctx, &tried.input.repository, tried.key)?;
        let repository = repository.dated(tried.started_at);
        let name = &tried.input.name;
        let message = tried.input.message.as_ref().unwrap_or(name);
        let commit = tried.before.commit.clone();
        let arguments = ["tag", "--annotate", "--message", message, name, &commit];
        repository.must(&format!("make the tag {name}"), &arguments).await?;
        Ok(Output { tag: name.clone(), commit })
    }

    async fn revert(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<()> {
        let repository = Repository::find(ctx, &tried.input.repository, tried.key)?;
        let full = full(&tried.input.name);
        match repository.reference(&full).await? {
            Some(object) => repository.set(&full, Some(&object), None).await,
            None => Ok(()),
        }
    }

    async fn verify(&self, ctx: &Context, input: &Input, output: &Output) -> Outcome<Verdict> {
        let repository = Repository::find(ctx, &input.repository, looking(ctx))?;
        let now = repository.find_commit(&full(&input.name)).await?;
        Ok(match now.as_ref() == Some(&output.commit) {
            true => Verdict::Holds,
            false => Verdict::Drifted(format!("the tag {} no longer points there", input.name)),
        })
    }
}

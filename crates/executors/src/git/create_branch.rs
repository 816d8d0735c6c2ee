//! `git.create_branch`: a branch of a clone where there was none, checked out if asked for.

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
pub const KIND: &str = "git.create_branch";

/// The action.
pub struct CreateBranch(pub ActionSpec);

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The clone.
    pub repository: String,
    /// The branch's name.
    pub name: String,
    /// Where it begins.
    pub from: String,
    /// Whether the files follow.
    #[serde(default)]
    pub checkout: bool,
}

/// What was before.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// Where it begins.
    pub commit: String,
    /// The branch that was checked out, else the commit that was.
    pub checked_out: Option<String>,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The branch.
    pub branch: String,
    /// Where it begins.
    pub commit: String,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Makes a branch in a clone, under a name that is free.".to_owned(),
        input: schema::object(
            [
                ("repository", schema::resource(REPOSITORY, "the clone")),
                ("name", schema::text("the branch's name; it must be free")),
                ("from", schema::text("where it begins, such as origin/prod")),
                (
                    "checkout",
                    schema::with_default(schema::boolean("check it out; files stay clean"), false),
                ),
            ],
            &["repository", "name", "from"],
        ),
        output: schema::object(
            [
                ("branch", schema::text("the branch")),
                ("commit", schema::text("the commit where it begins")),
            ],
            &["branch", "commit"],
        ),
        traits: reversible(),
        guide: ActionGuide::new(
            "that the name is free, the commit where it begins, and what is checked out",
            "looks whether the branch is there and holds that commit",
            "deletes the branch and checks out what was, unless the branch has commits of its own",
            &["writing to the clone's folder"],
        ),
        example: format!(
            "- id: branch\n  uses: {KIND}\n  with: {{ repository: app, name: hotfix/42, from: \
             origin/prod, checkout: true }}\n"
        ),
    }
}

fn full(input: &Input) -> String {
    format!("refs/heads/{}", input.name)
}

impl Change for CreateBranch {
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
        if repository.reference(&full(input)).await?.is_some() {
            let (name, clone) = (&input.name, &repository.name);
            return permanent(
                "taken",
                format!("failed to make the branch {name} in {clone}: there is one; name another"),
            );
        }
        let commit = repository.commit(&input.from).await?;
        let mut checked_out = None;
        if input.checkout {
            repository.must_be_clean("check out a branch").await?;
            let branch = repository.checked_out().await?;
            checked_out = match branch {
                Some(branch) => Some(branch),
                None => repository.find_commit("HEAD").await?,
            };
        }
        Ok(Before { commit, checked_out })
    }

    async fn settle(&self, _ctx: &Context, key: RequestId) -> Outcome<()> {
        end_marked(key).await
    }

    async fn look(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Standing<Output>> {
        let repository = Repository::find(ctx, &tried.input.repository, tried.key)?;
        let name = &tried.input.name;
        let here = repository.checked_out().await?.as_ref() == Some(name);
        Ok(match repository.reference(&full(&tried.input)).await? {
            None => Standing::Before,
            Some(commit) if commit != tried.before.commit => Standing::Foreign(format!(
                "the branch {name} of {} has commits of its own",
                repository.name
            )),
            Some(_) if tried.input.checkout && !here => Standing::Begun,
            Some(commit) => Standing::After(Output { branch: name.clone(), commit }),
        })
    }

    async fn apply(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Output> {
        let repository = Repository::find(ctx, &tried.input.repository, tried.key)?;
        let commit = tried.before.commit.clone();
        if repository.reference(&full(&tried.input)).await?.is_none() {
            repository.set(&full(&tried.input), None, Some(&commit)).await?;
        }
        if tried.input.checkout {
            repository.must("check it out", &["checkout", &tried.input.name, "--"]).await?;
        }
        Ok(Output { branch: tried.input.name.clone(), commit })
    }

    async fn revert(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<()> {
        let repository = Repository::find(ctx, &tried.input.repository, tried.key)?;
        let here = repository.checked_out().await?.as_ref() == Some(&tried.input.name);
        if let (true, Some(previous)) = (here, &tried.before.checked_out) {
            repository.must("check out what was", &["checkout", previous, "--"]).await?;
        }
        repository.set(&full(&tried.input), Some(&tried.before.commit), None).await
    }

    async fn verify(&self, ctx: &Context, input: &Input, _output: &Output) -> Outcome<Verdict> {
        let repository = Repository::find(ctx, &input.repository, looking(ctx))?;
        Ok(match repository.reference(&full(input)).await? {
            Some(_) => Verdict::Holds,
            None => Verdict::Drifted(format!("the branch {} is gone", input.name)),
        })
    }
}

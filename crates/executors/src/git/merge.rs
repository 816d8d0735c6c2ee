//! `git.merge`: a real merge commit with a given message, made beside the files, so that a conflict
//! leaves nothing to clean up.

use super::binding::KIND as REPOSITORY;
use super::repository::{Repository, bad_name};
use super::worktree::shown;
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
pub const KIND: &str = "git.merge";

/// The action.
pub struct Merge(pub ActionSpec);

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The clone.
    pub repository: String,
    /// What is merged.
    pub from: String,
    /// The branch that it is merged into.
    pub into: String,
    /// The commit's message.
    pub message: String,
}

/// The commits.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// What is merged.
    pub from: String,
    /// The head of the branch.
    pub into: String,
    /// Whether the branch has it already.
    pub merged: bool,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The branch's head now.
    pub commit: String,
    /// Its head before.
    pub previous: String,
    /// The commit that was merged.
    pub merged: String,
    /// Whether the branch had it already, so that nothing was done.
    pub was_there: bool,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Merges a commit into a branch of a clone, by a merge commit with this message. \
                  A conflict fails, lists the files and leaves everything as it was."
            .to_owned(),
        input: schema::object(
            [
                ("repository", schema::resource(REPOSITORY, "the clone")),
                ("from", schema::text("what is merged, such as origin/main or a commit")),
                ("into", schema::text("the local branch that it is merged into")),
                ("message", schema::text("the merge commit's message")),
            ],
            &["repository", "from", "into", "message"],
        ),
        output: schema::object(
            [
                ("commit", schema::text("the branch's head now")),
                ("previous", schema::text("its head before")),
                ("merged", schema::text("the commit that was merged")),
                ("was_there", schema::boolean("the branch had it already; nothing was done")),
            ],
            &["commit", "previous", "merged", "was_there"],
        ),
        traits: reversible(),
        guide: ActionGuide::new(
            "the heads of both",
            "looks whether the branch's head is the merge commit, which comes out the same \
             however often it is made",
            "moves the branch back, unless it has moved on",
            &["writing to the clone's folder"],
        ),
        example: format!(
            "- id: merge\n  uses: {KIND}\n  with: {{ repository: app, from: origin/main, into: \
             prod, message: \"Release [skip ci]\" }}\n"
        ),
    }
}

fn output(before: &Before, commit: String) -> Output {
    Output {
        commit,
        previous: before.into.clone(),
        merged: before.from.clone(),
        was_there: before.merged,
    }
}

impl Merge {
    fn repository<'a>(ctx: &'a Context, tried: &TriedOf<Self>) -> Outcome<Repository<'a>> {
        let repository = Repository::find(ctx, &tried.input.repository, tried.key)?;
        Ok(repository.dated(tried.started_at))
    }

    /// Whether a commit is the merge of exactly these two with this message.
    async fn is_ours(
        repository: &Repository<'_>,
        tried: &TriedOf<Self>,
        commit: &str,
    ) -> Outcome<bool> {
        let format = ["show", "--no-patch", "--format=%P%n%B", commit];
        let text = repository.must("read a commit", &format).await?;
        let (parents, message) = text.split_once('\n').unwrap_or((&text, ""));
        let wanted = format!("{} {}", tried.before.into, tried.before.from);
        Ok(parents == wanted && message.trim() == tried.input.message.trim())
    }

    async fn tree(repository: &Repository<'_>, tried: &TriedOf<Self>) -> Outcome<String> {
        let (into, from) = (tried.before.into.as_str(), tried.before.from.as_str());
        let arguments =
            ["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", into, from];
        let ran = repository.git(&arguments).await?;
        let mut parts = ran.list().into_iter();
        match (ran.status, parts.next()) {
            (Some(0), Some(tree)) => Ok(tree),
            (Some(1), Some(_)) => {
                let files: Vec<String> = parts.collect();
                permanent(
                    "conflict",
                    format!(
                        "failed to merge {} into {} of {}: conflicts in {}; merge it by hand, \
                         then resume: a merge that is there is found",
                        tried.input.from,
                        tried.input.into,
                        repository.name,
                        shown(&files)
                    ),
                )
            }
            _ => repository.failed("merge (git 2.38 or newer is needed)", &ran),
        }
    }
}

impl Change for Merge {
    type Input = Input;
    type Output = Output;
    type Before = Before;

    fn spec(&self) -> &ActionSpec {
        &self.0
    }

    fn check(&self, input: &Input) -> Vec<String> {
        let empty = input.message.trim().is_empty().then(|| "`message` is empty".to_owned());
        bad_name(&input.into).into_iter().chain(empty).collect()
    }

    async fn capture(&self, ctx: &Context, input: &Input) -> Outcome<Before> {
        let repository = Repository::find(ctx, &input.repository, looking(ctx))?;
        let into = repository.commit(&format!("refs/heads/{}", input.into)).await?;
        let from = repository.commit(&input.from).await?;
        let merged = repository.is_ancestor(&from, &into).await?;
        if repository.checked_out().await?.as_deref() == Some(&input.into) {
            repository.must_be_clean("merge").await?;
        }
        Ok(Before { from, into, merged })
    }

    async fn settle(&self, _ctx: &Context, key: RequestId) -> Outcome<()> {
        end_marked(key).await
    }

    async fn look(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Standing<Output>> {
        let repository = Self::repository(ctx, tried)?;
        let branch = &tried.input.into;
        let head = repository.commit(&format!("refs/heads/{branch}")).await?;
        if head == tried.before.into {
            return Ok(match tried.before.merged {
                true => Standing::After(output(&tried.before, head)),
                false => Standing::Before,
            });
        }
        if !Self::is_ours(&repository, tried, &head).await? {
            let why = format!("{branch} of {} has moved on to {head}", repository.name);
            return Ok(Standing::Foreign(why));
        }
        let here = repository.checked_out().await?.as_ref() == Some(branch);
        if here && !repository.holds(&head).await? {
            return Ok(Standing::Begun);
        }
        Ok(Standing::After(output(&tried.before, head)))
    }

    async fn apply(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Output> {
        let repository = Self::repository(ctx, tried)?;
        let (into, from) = (tried.before.into.as_str(), tried.before.from.as_str());
        let head = repository.commit(&format!("refs/heads/{}", tried.input.into)).await?;
        let commit = if head == into {
            let tree = Self::tree(&repository, tried).await?;
            let arguments = ["commit-tree", &tree, "-p", into, "-p", from];
            let ran = repository.feed(&arguments, &tried.input.message).await?;
            if !ran.is_good() {
                return repository.failed("commit the merge", &ran);
            }
            ran.text()
        } else {
            head
        };
        repository.move_branch(&tried.input.into, into, &commit).await?;
        Ok(output(&tried.before, commit))
    }

    async fn revert(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<()> {
        if tried.before.merged {
            return Ok(());
        }
        let repository = Self::repository(ctx, tried)?;
        let head = repository.commit(&format!("refs/heads/{}", tried.input.into)).await?;
        repository.move_branch(&tried.input.into, &head, &tried.before.into).await
    }

    async fn verify(&self, ctx: &Context, input: &Input, output: &Output) -> Outcome<Verdict> {
        let repository = Repository::find(ctx, &input.repository, looking(ctx))?;
        let head = repository.commit(&format!("refs/heads/{}", input.into)).await?;
        Ok(match repository.is_ancestor(&output.commit, &head).await? {
            true => Verdict::Holds,
            false => Verdict::Drifted(format!("{} no longer has the merge", input.into)),
        })
    }
}

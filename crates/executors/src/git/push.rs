//! `git.push`: one branch or tag of the remote, from the value that was looked at to ours, or not
//! at all.

use super::binding::KIND as REPOSITORY;
use super::repository::{Repository, bad_name};
use crate::change::by_look::{Change, TriedOf};
use crate::change::failing::permanent;
use crate::change::key::looking;
use crate::change::kinds::reversible;
use crate::change::seen::Standing;
use crate::child::ending::end_marked;
use crate::child::run::Ran;
use crate::schema;
use serde::{Deserialize, Serialize};
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::{ActionSpec, RequestId};
use windlass_ports::{Context, Outcome, Verdict};

/// The action's kind.
pub const KIND: &str = "git.push";

/// How long a server may still be at a push whose sender is gone: it has all of it by then and
/// runs its hooks.
const SETTLE_MS: u64 = 5_000;

/// The action.
pub struct Push(pub ActionSpec);

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The clone.
    pub repository: String,
    /// The branch.
    pub branch: Option<String>,
    /// Or the tag.
    pub tag: Option<String>,
}

/// What was before.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// What the remote has; none where it has none.
    pub remote: Option<String>,
    /// What it shall have.
    pub local: String,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The reference.
    pub reference: String,
    /// What the remote has now.
    pub object: String,
    /// What it had before.
    pub previous: Option<String>,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Pushes one branch or tag, if the remote still has what was looked at and \
                  nothing of it gets lost."
            .to_owned(),
        input: schema::object(
            [
                ("repository", schema::resource(REPOSITORY, "the clone")),
                ("branch", schema::text("the branch")),
                ("tag", schema::text("or the tag")),
            ],
            &["repository"],
        ),
        output: schema::object(
            [
                ("reference", schema::text("the reference")),
                ("object", schema::text("what the remote has now")),
                ("previous", schema::text("what it had before; absent where it had none")),
            ],
            &["reference", "object"],
        ),
        traits: ActionTraits { settle_ms: SETTLE_MS, ..reversible() },
        guide: ActionGuide::new(
            "what the remote has",
            "asks the remote what it has",
            "puts back what the remote had, unless somebody pushed since; a server that protects \
             the branch refuses that",
            &["pushing to the remote, and for the way back pushing by force"],
        ),
        example: format!(
            "- id: push\n  uses: {KIND}\n  with: {{ repository: app, branch: prod }}\n"
        ),
    }
}

fn full(input: &Input) -> String {
    match (&input.branch, &input.tag) {
        (Some(branch), _) => format!("refs/heads/{branch}"),
        (None, tag) => format!("refs/tags/{}", tag.as_deref().unwrap_or_default()),
    }
}

/// Whether the remote itself said no.
fn rejected(ran: &Ran) -> Option<String> {
    let text = ran.text();
    text.lines().find(|line| line.starts_with('!')).map(|line| line.replace('\t', " "))
}

async fn push(
    repository: &Repository<'_>,
    full: &str,
    from: Option<&str>,
    to: Option<&str>,
) -> Outcome<()> {
    let lease = format!("--force-with-lease={full}:{}", from.unwrap_or_default());
    let order = format!("{}:{full}", to.unwrap_or_default());
    let arguments = ["push", "--porcelain", &lease, &repository.binding.remote, &order];
    let ran = repository.reach(&arguments, true).await?;
    if ran.is_good() {
        return Ok(());
    }
    if let Some(line) = rejected(&ran) {
        let name = &repository.name;
        return permanent(
            "rejected",
            format!("failed to push {full} of {name}: the remote refused it ({line})"),
        );
    }
    repository.unreached(&format!("push {full}"), &ran, true)
}

impl Change for Push {
    type Input = Input;
    type Output = Output;
    type Before = Before;

    fn spec(&self) -> &ActionSpec {
        &self.0
    }

    fn check(&self, input: &Input) -> Vec<String> {
        match (&input.branch, &input.tag) {
            (Some(name), None) | (None, Some(name)) => bad_name(name).into_iter().collect(),
            _ => vec!["give either `branch` or `tag`".to_owned()],
        }
    }

    async fn capture(&self, ctx: &Context, input: &Input) -> Outcome<Before> {
        let repository = Repository::find(ctx, &input.repository, looking(ctx))?;
        let full = full(input);
        let Some(local) = repository.reference(&full).await? else {
            let name = &repository.name;
            return permanent("missing", format!("failed to push {full}: {name} has none"));
        };
        let remote = repository.remote_reference(&full).await?;
        let Some(there) = remote.as_ref().filter(|there| **there != local) else {
            return Ok(Before { remote, local });
        };
        let known = repository.find_commit(there).await?.is_some();
        if input.tag.is_some() || !known || !repository.is_ancestor(there, &local).await? {
            return permanent(
                "behind",
                format!(
                    "failed to push {full} of {}: the remote has {there}, which ours does not \
                     contain; fetch and merge it first, with git.clone_or_update",
                    repository.name
                ),
            );
        }
        Ok(Before { remote, local })
    }

    async fn settle(&self, _ctx: &Context, key: RequestId) -> Outcome<()> {
        end_marked(key).await
    }

    async fn look(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Standing<Output>> {
        let repository = Repository::find(ctx, &tried.input.repository, tried.key)?;
        let reference = full(&tried.input);
        let there = repository.remote_reference(&reference).await?;
        let Before { remote, local } = &tried.before;
        Ok(if there.as_ref() == Some(local) {
            Standing::After(Output { reference, object: local.clone(), previous: remote.clone() })
        } else if there == *remote {
            Standing::Before
        } else {
            let what = there.unwrap_or_else(|| "nothing".to_owned());
            Standing::Foreign(format!("the remote has {what} at {reference} by now"))
        })
    }

    async fn apply(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Output> {
        let repository = Repository::find(ctx, &tried.input.repository, tried.key)?;
        let reference = full(&tried.input);
        let Before { remote, local } = &tried.before;
        push(&repository, &reference, remote.as_deref(), Some(local)).await?;
        Ok(Output { reference, object: local.clone(), previous: remote.clone() })
    }

    async fn revert(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<()> {
        let repository = Repository::find(ctx, &tried.input.repository, tried.key)?;
        let Before { remote, local } = &tried.before;
        if remote.as_ref() == Some(local) {
            return Ok(());
        }
        push(&repository, &full(&tried.input), Some(local), remote.as_deref()).await
    }

    async fn verify(&self, ctx: &Context, input: &Input, output: &Output) -> Outcome<Verdict> {
        let repository = Repository::find(ctx, &input.repository, looking(ctx))?;
        let there = repository.remote_reference(&full(input)).await?;
        Ok(match there.as_ref() == Some(&output.object) {
            true => Verdict::Holds,
            false => Verdict::Drifted(format!("the remote moved {}", output.reference)),
        })
    }
}

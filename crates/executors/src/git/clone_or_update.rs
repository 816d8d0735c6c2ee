//! `git.clone_or_update`: a clone that is there and has what the remote has.

use super::binding::KIND as REPOSITORY;
use super::repository::{Repository, bad_name};
use crate::change::by_look::{Change, TriedOf};
use crate::change::disk::disk;
use crate::change::failing::permanent;
use crate::change::key::looking;
use crate::change::kinds::reversible;
use crate::change::place::{remove, unfinished};
use crate::change::seen::Standing;
use crate::child::ending::end_marked;
use crate::schema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use windlass_model::catalog::ActionGuide;
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, RequestId, Value};
use windlass_ports::action::Bindings;
use windlass_ports::{Context, Outcome};

/// The action's kind.
pub const KIND: &str = "git.clone_or_update";

/// The action.
pub struct CloneOrUpdate(pub ActionSpec);

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The clone.
    pub repository: String,
    /// The branch whose files are wanted.
    pub branch: Option<String>,
}

/// What was before.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// Whether there was a clone.
    pub existed: bool,
    /// The branch that was checked out, else the commit.
    pub checked_out: Option<String>,
    /// What the branch held.
    pub commit: Option<String>,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The clone's folder.
    pub path: String,
    /// The branch that is checked out.
    pub branch: Option<String>,
    /// The commit that is checked out.
    pub commit: String,
    /// What the branch held before.
    pub previous: Option<String>,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Clones a repository, or fetches what its remote has; with a branch, checks \
                  that branch out and brings it forward. Commits of one's own are never lost."
            .to_owned(),
        input: schema::object(
            [
                ("repository", schema::resource(REPOSITORY, "the clone")),
                ("branch", schema::text("the branch to check out; what is there where absent")),
            ],
            &["repository"],
        ),
        output: schema::object(
            [
                ("path", schema::text("the clone's folder")),
                ("branch", schema::text("the branch that is checked out")),
                ("commit", schema::text("the commit that is checked out")),
                ("previous", schema::text("what the branch held before")),
            ],
            &["path", "commit"],
        ),
        traits: reversible(),
        guide: ActionGuide::new(
            "whether there is a clone, what is checked out, and what the branch holds",
            "looks at the clone: one that is half made lies under another name; to fetch twice \
             does no harm",
            "removes a clone that it made and nobody worked in, else puts the branch back where \
             it was",
            &["reading the remote, writing to the clone's folder"],
        ),
        example: format!(
            "- id: fetch\n  uses: {KIND}\n  with: {{ repository: app, branch: prod }}\n"
        ),
    }
}

fn full(branch: &str) -> String {
    format!("refs/heads/{branch}")
}

fn tracking(repository: &Repository<'_>, branch: &str) -> String {
    format!("refs/remotes/{}/{branch}", repository.binding.remote)
}

async fn checked_out(repository: &Repository<'_>) -> Outcome<Option<String>> {
    match repository.checked_out().await? {
        Some(branch) => Ok(Some(branch)),
        None => repository.find_commit("HEAD").await,
    }
}

async fn output(repository: &Repository<'_>, tried: &TriedOf<CloneOrUpdate>) -> Outcome<Output> {
    Ok(Output {
        path: repository.path().display().to_string(),
        branch: repository.checked_out().await?,
        commit: repository.commit("HEAD").await?,
        previous: tried.before.commit.clone(),
    })
}

impl CloneOrUpdate {
    async fn clone_anew(&self, repository: &Repository<'_>, tried: &TriedOf<Self>) -> Outcome<()> {
        let part = unfinished(repository.path(), tried.key);
        if let Err(error) = remove(&part) {
            return disk("clear away", &part, &error);
        }
        if let Some(parent) = repository.path().parent()
            && let Err(error) = std::fs::create_dir_all(parent)
        {
            return disk("make the folder", parent, &error);
        }
        let Some(url) = &repository.binding.url else {
            let name = &repository.name;
            return permanent(
                "binding",
                format!("failed to clone {name}: add its `url` in the environment file"),
            );
        };
        let part_text = part.display().to_string();
        let mut arguments = vec!["clone", "--origin", &repository.binding.remote];
        if let Some(branch) = &tried.input.branch {
            arguments.extend(["--branch", branch]);
        }
        arguments.extend(["--", url, &part_text]);
        let ran = repository.reach(&arguments, false).await?;
        if !ran.is_good() {
            return repository.unreached("clone", &ran, false);
        }
        match std::fs::rename(&part, repository.path()) {
            Ok(()) => Ok(()),
            Err(error) => disk("move the clone to", repository.path(), &error),
        }
    }

    async fn update(&self, repository: &Repository<'_>, tried: &TriedOf<Self>) -> Outcome<()> {
        let arguments = ["fetch", "--prune", "--tags", &repository.binding.remote];
        let ran = repository.reach(&arguments, true).await?;
        if !ran.is_good() {
            return repository.unreached("fetch", &ran, false);
        }
        let Some(branch) = &tried.input.branch else { return Ok(()) };
        repository.must_be_clean("check out a branch").await?;
        let there = repository.commit(&tracking(repository, branch)).await?;
        let Some(mine) = repository.reference(&full(branch)).await? else {
            let remote = format!("{}/{branch}", repository.binding.remote);
            let arguments = ["checkout", "--track", "-b", branch, &remote, "--"];
            return repository.must("check out", &arguments).await.map(drop);
        };
        if repository.checked_out().await?.as_ref() != Some(branch) {
            repository.must("check out", &["checkout", branch, "--"]).await?;
        }
        if repository.is_ancestor(&there, &mine).await? {
            return Ok(());
        }
        if !repository.is_ancestor(&mine, &there).await? {
            return permanent(
                "diverged",
                format!(
                    "failed to bring {branch} of {} forward: it has commits that the remote does \
                     not have; merge or move them by hand",
                    repository.name
                ),
            );
        }
        repository.move_branch(branch, &mine, &there).await
    }

    /// Removes a clone that this step made, if nobody has put anything into it.
    async fn remove_clone(
        &self,
        ctx: &Context,
        repository: &Repository<'_>,
        tried: &TriedOf<Self>,
    ) -> Outcome<()> {
        let part = unfinished(repository.path(), tried.key);
        if repository.exists() {
            let status = ["status", "--porcelain", "--ignored"];
            let files = repository.must("look at the files", &status).await?;
            let own = ["log", "--branches", "--not", "--remotes", "--oneline", "-1"];
            let commits = repository.must("look for commits of its own", &own).await?;
            if !files.is_empty() || !commits.is_empty() {
                ctx.output.kept(&format!("the clone of {} holds work and stays", repository.name));
                return Ok(());
            }
            if let Err(error) = std::fs::rename(repository.path(), &part) {
                return disk("remove", repository.path(), &error);
            }
        }
        match remove(&part) {
            Ok(()) => Ok(()),
            Err(error) => disk("remove", &part, &error),
        }
    }
}

impl Change for CloneOrUpdate {
    type Input = Input;
    type Output = Output;
    type Before = Before;

    fn spec(&self) -> &ActionSpec {
        &self.0
    }

    fn effects(&self, _bindings: &Bindings, input: &Value) -> Vec<Effect> {
        let names = input["repository"].as_str().into_iter();
        let exists = |name: &str| Effect {
            resource: name.to_owned(),
            field: "exists".to_owned(),
            value: json!(true),
        };
        names.map(exists).collect()
    }

    fn check(&self, input: &Input) -> Vec<String> {
        input.branch.as_deref().and_then(bad_name).into_iter().collect()
    }

    async fn capture(&self, ctx: &Context, input: &Input) -> Outcome<Before> {
        let repository = Repository::find(ctx, &input.repository, looking(ctx))?;
        if !repository.exists() {
            if repository.path().exists() {
                let path = repository.path().display();
                return permanent(
                    "taken",
                    format!("failed to clone into {path}: it is there and is no clone; move it"),
                );
            }
            return Ok(Before { existed: false, checked_out: None, commit: None });
        }
        let commit = match &input.branch {
            Some(branch) => repository.reference(&full(branch)).await?,
            None => None,
        };
        Ok(Before { existed: true, checked_out: checked_out(&repository).await?, commit })
    }

    async fn settle(&self, _ctx: &Context, key: RequestId) -> Outcome<()> {
        end_marked(key).await
    }

    async fn look(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Standing<Output>> {
        let repository = Repository::find(ctx, &tried.input.repository, tried.key)?;
        let before = &tried.before;
        match (repository.exists(), before.existed) {
            (false, true) => return Ok(Standing::Foreign("the clone is gone".to_owned())),
            (false, false) => {
                let begun = unfinished(repository.path(), tried.key).exists();
                return Ok(Standing::unmade(begun));
            }
            (true, false) => return Ok(Standing::After(output(&repository, tried).await?)),
            (true, true) => {}
        }
        let Some(branch) = &tried.input.branch else { return Ok(Standing::Before) };
        let now = repository.reference(&full(branch)).await?;
        if now == before.commit && checked_out(&repository).await? == before.checked_out {
            return Ok(Standing::Before);
        }
        let there = repository.reference(&tracking(&repository, branch)).await?;
        let (Some(now), Some(there)) = (now.clone(), there) else { return Ok(Standing::Begun) };
        if repository.checked_out().await?.as_ref() != Some(branch) {
            return Ok(Standing::Begun);
        }
        let whole = repository.is_ancestor(&there, &now).await? && repository.holds(&now).await?;
        Ok(match whole {
            true => Standing::After(output(&repository, tried).await?),
            false => Standing::Begun,
        })
    }

    async fn apply(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<Output> {
        let repository = Repository::find(ctx, &tried.input.repository, tried.key)?;
        if repository.exists() {
            self.update(&repository, tried).await?;
        } else {
            self.clone_anew(&repository, tried).await?;
        }
        output(&repository, tried).await
    }

    async fn revert(&self, ctx: &Context, tried: &TriedOf<Self>) -> Outcome<()> {
        let repository = Repository::find(ctx, &tried.input.repository, tried.key)?;
        if !tried.before.existed {
            return self.remove_clone(ctx, &repository, tried).await;
        }
        let Some(branch) = &tried.input.branch else { return Ok(()) };
        repository.must_be_clean("put the branch back").await?;
        let now = repository.reference(&full(branch)).await?;
        if let (Some(now), Some(before)) = (&now, &tried.before.commit)
            && now != before
        {
            repository.move_branch(branch, now, before).await?;
        }
        if let Some(previous) = &tried.before.checked_out
            && checked_out(&repository).await?.as_ref() != Some(previous)
        {
            repository.must("check out what was", &["checkout", previous, "--"]).await?;
        }
        if let (Some(now), None) = (&now, &tried.before.commit) {
            repository.set(&full(branch), Some(now), None).await?;
        }
        Ok(())
    }
}

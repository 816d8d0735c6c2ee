//! `azure_devops.diff`: which folders differ between two points of the history. It only looks.
//!
//! What counts is the files themselves at both ends, whatever way led from one to the other: a
//! migration that was taken out differs too.

use super::build::{Build, Wanted};
use super::client::DevOps;
use super::diff_shapes::{Input, OnStage, Output, Point};
use super::git::history::{Commit, differences};
use super::git::refs::known_head;
use super::refusal::permanent;
use super::release::on_stage;
use crate::change::reading::Reading;
use std::collections::BTreeSet;
use std::sync::Arc;
use windlass_model::ActionSpec;
use windlass_ports::{Context, Outcome};

pub use super::diff_shapes::{KIND, spec};

/// Files of one folder that are told.
const FILES_TOLD: usize = 100;

/// The action.
pub struct Diff {
    devops: Arc<DevOps>,
    spec: ActionSpec,
}

impl Diff {
    /// The action.
    pub fn new(devops: Arc<DevOps>) -> Self {
        Self { devops, spec: spec() }
    }

    /// The commits of a point: at least one.
    async fn commits(&self, repository: &str, point: &Point) -> Outcome<Vec<String>> {
        if let Point::AnyOf(ids) = point {
            let mut known = BTreeSet::new();
            let ids: Vec<String> = ids.iter().filter(|id| known.insert(*id)).cloned().collect();
            return match ids.is_empty() {
                true => permanent("no_commit", "failed to compare: `any_of` names no commit"),
                false => Ok(ids),
            };
        }
        Ok(vec![self.commit(repository, point).await?])
    }

    async fn commit(&self, repository: &str, point: &Point) -> Outcome<String> {
        match point {
            Point::Commit(id) => Ok(id.clone()),
            Point::AnyOf(_) => permanent("input", "failed to compare: one commit is meant here"),
            Point::Branch(branch) => known_head(&self.devops, repository, branch).await,
            Point::ParentOf(id) => {
                let commit = Commit::read(&self.devops, repository, id).await?;
                match commit.parents.into_iter().next() {
                    Some(parent) => Ok(parent),
                    None => {
                        permanent("no_parent", format!("failed to compare: {id} has no parent"))
                    }
                }
            }
            Point::Build(build) => {
                let wanted = Wanted::Id(build.id()?);
                Ok(Build::find(&self.devops, &wanted, None).await?.0.commit)
            }
            Point::Stage(stage) => self.on_stage(stage).await,
        }
    }

    /// The commit of the build that runs on a stage.
    async fn on_stage(&self, stage: &OnStage) -> Outcome<String> {
        let (name, definition) = match stage {
            OnStage::Name(name) => (name, None),
            OnStage::Of { name, definition } => (name, Some(definition)),
        };
        match on_stage(&self.devops, name, definition).await?.now {
            Some((_, build)) => Ok(build.commit),
            None => permanent(
                "nothing_deployed",
                format!("failed to compare: nothing was deployed to {name} yet"),
            ),
        }
    }

    /// The last merge into a branch, between what the branch was and what it became.
    async fn last_merge(&self, repository: &str, branch: &str) -> Outcome<(String, String)> {
        let line = Commit::line(&self.devops, repository, branch).await?;
        let merge = line.into_iter().find(|commit| commit.parents.len() > 1);
        match merge.map(|commit| (commit.parents.into_iter().next(), commit.id)) {
            Some((Some(parent), id)) => Ok((parent, id)),
            _ => permanent(
                "no_merge",
                format!("failed to find a merge among the newest commits of {branch}"),
            ),
        }
    }

    /// The pairs of commits that are compared: one, but where several commits are named.
    async fn pairs(&self, repository: &str, input: &Input) -> Outcome<Vec<(String, String)>> {
        match (&input.from, &input.to, &input.last_merge_into) {
            (Some(from), Some(to), None) => {
                let from = self.commits(repository, from).await?;
                let to = self.commits(repository, to).await?;
                let with = |from: &String| {
                    to.iter().map(|to| (from.clone(), to.clone())).collect::<Vec<_>>()
                };
                Ok(from.iter().flat_map(with).collect())
            }
            (None, None, Some(branch)) => Ok(vec![self.last_merge(repository, branch).await?]),
            _ => {
                permanent("input", "failed to compare: give `from` and `to`, or `last_merge_into`")
            }
        }
    }
}

impl Reading for Diff {
    type Input = Input;
    type Output = Output;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn check(&self, input: &Input) -> Vec<String> {
        match (&input.from, &input.to, &input.last_merge_into) {
            (Some(_), Some(_), None) | (None, None, Some(_)) => Vec::new(),
            _ => vec!["give `from` and `to`, or `last_merge_into`".to_owned()],
        }
    }

    async fn read(&self, _ctx: &Context, input: &Input) -> Outcome<Output> {
        let repository = self.devops.repository(input.repository.as_deref());
        let mut output = Output::default();
        for (from, to) in self.pairs(&repository, input).await? {
            let found = match from == to {
                true => Default::default(),
                false => differences(&self.devops, &repository, (&from, &to)).await?,
            };
            if output.from.is_empty() {
                (output.from, output.to) = (from, to);
            }
            output.count = output.count.max(found.files.len());
            output.assumed |= found.cut;
            for (name, folders) in &input.folders {
                let inside = found.files.iter().filter(|(path, _)| folders.hold(path));
                let inside: Vec<_> = inside.collect();
                let changed = output.changed.entry(name.clone()).or_default();
                *changed |= found.cut || !inside.is_empty();
                let gone = inside.iter().filter(|(_, is)| is.is_none()).map(|(path, _)| *path);
                add(output.removed.entry(name.clone()).or_default(), gone);
                let all = inside.iter().map(|(path, _)| *path);
                add(output.files.entry(name.clone()).or_default(), all);
            }
        }
        Ok(output)
    }
}

/// Adds paths that are not there yet, up to as many as are told.
fn add<'p>(told: &mut Vec<String>, paths: impl Iterator<Item = &'p String>) {
    for path in paths {
        if told.len() < FILES_TOLD && !told.contains(path) {
            told.push(path.clone());
        }
    }
}

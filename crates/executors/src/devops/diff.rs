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

    async fn commit(&self, repository: &str, point: &Point) -> Outcome<String> {
        match point {
            Point::Commit(id) => Ok(id.clone()),
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

    async fn ends(&self, repository: &str, input: &Input) -> Outcome<(String, String)> {
        match (&input.from, &input.to, &input.last_merge_into) {
            (Some(from), Some(to), None) => {
                Ok((self.commit(repository, from).await?, self.commit(repository, to).await?))
            }
            (None, None, Some(branch)) => self.last_merge(repository, branch).await,
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
        let (from, to) = self.ends(&repository, input).await?;
        let found = match from == to {
            true => Default::default(),
            false => differences(&self.devops, &repository, (&from, &to)).await?,
        };
        let files = input.folders.iter().map(|(name, folders)| {
            let inside = found.files.keys().filter(|path| folders.hold(path));
            (name.clone(), inside.cloned().collect::<Vec<_>>())
        });
        let removed = input.folders.iter().map(|(name, folders)| {
            let gone = found.files.iter().filter(|(path, is)| is.is_none() && folders.hold(path));
            let gone = gone.map(|(path, _)| path.clone()).take(FILES_TOLD);
            (name.clone(), gone.collect::<Vec<_>>())
        });
        let mut output = Output {
            from,
            to,
            changed: Default::default(),
            files: files.collect(),
            removed: removed.collect(),
            count: found.files.len(),
            assumed: found.cut,
        };
        for (name, files) in &mut output.files {
            output.changed.insert(name.clone(), found.cut || !files.is_empty());
            files.truncate(FILES_TOLD);
        }
        Ok(output)
    }
}

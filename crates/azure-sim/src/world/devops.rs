//! Builds and releases of Azure DevOps. They must not know what a deployment does to an app.

use super::app::AppAddress;
use super::git::Repository;
use super::pipeline::PipelineRun;
use indexmap::IndexMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A variable of a build definition.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Variable {
    /// Its value, which is not shown where it is a secret.
    pub value: String,
    /// Whether it is a secret.
    #[serde(default)]
    pub is_secret: bool,
    /// Whether whoever queues a build may set it.
    #[serde(default)]
    pub allow_override: bool,
}

/// One revision of a build definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefinitionRevision {
    /// Its number.
    pub revision: u64,
    /// What its writer wrote.
    pub comment: String,
    /// When.
    pub at: Timestamp,
}

/// A build definition, which is also a YAML pipeline of the same number.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BuildDefinition {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// How often it was written.
    #[serde(default = "second_revision")]
    pub revision: u64,
    /// Its variables.
    #[serde(default)]
    pub variables: IndexMap<String, Variable>,
    /// The revisions that were written since the beginning.
    #[serde(default)]
    pub revisions: Vec<DefinitionRevision>,
    /// The branches whose pushes it builds by itself.
    #[serde(default)]
    pub builds_branches: Vec<String>,
    /// The variable that holds the version of a branch's builds, by branch; `*` is any other.
    #[serde(default)]
    pub version_variables: IndexMap<String, String>,
    /// Whether a run of it as a pipeline waits for somebody's approval.
    #[serde(default)]
    pub run_needs_approval: bool,
}

/// What was recorded of a definition that nobody had edited.
fn second_revision() -> u64 {
    2
}

/// A build.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Build {
    /// Its number in the organization.
    pub id: u64,
    /// The definition's number.
    pub definition: u64,
    /// Its build number, such as `7.2.0.41`.
    pub number: String,
    /// Its branch, without `refs/heads/`.
    pub branch: String,
    /// The commit it built.
    pub commit: String,
    /// `completed`, `inProgress`, …
    pub status: String,
    /// `succeeded`, `failed`, …; none while it runs.
    pub result: Option<String>,
    /// When it was queued.
    pub queued: Timestamp,
    /// When it ended.
    pub finished: Option<Timestamp>,
    /// Why it runs: `manual`, `individualCI`.
    #[serde(default = "by_itself")]
    pub reason: String,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The variables that were set when it was queued, as a text of JSON.
    #[serde(default)]
    pub parameters: Option<String>,
    /// When it finds an agent, where that is still to come.
    #[serde(default)]
    pub starts: Option<Timestamp>,
    /// When it ends, where that is still to come.
    #[serde(default)]
    pub ends: Option<Timestamp>,
    /// It will fail at its end.
    #[serde(default)]
    pub will_fail: bool,
    /// The request that asked for it.
    #[serde(default)]
    pub request_id: Option<String>,
}

/// Why most builds run.
pub fn by_itself() -> String {
    "individualCI".to_owned()
}

/// A continuous-deployment trigger: a new build of a branch makes a release by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trigger {
    /// The branch, without `refs/heads/`.
    pub branch: String,
}

/// A stage of a release definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Whether it starts by itself when a release is made.
    #[serde(default)]
    pub automatic: bool,
    /// Whether somebody has to approve before it is deployed.
    #[serde(default)]
    pub needs_approval: bool,
    /// Whether its tasks stop the apps before the deployment, and start them after it.
    #[serde(default)]
    pub stops: bool,
    /// The apps that it deploys to.
    pub deploys_to: Vec<AppAddress>,
}

/// A release definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseDefinition {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Its revision.
    #[serde(default)]
    pub revision: u64,
    /// The name under which it knows its build.
    pub alias: String,
    /// The build definition whose builds it deploys.
    pub build_definition: u64,
    /// Its stages, in order.
    pub stages: Vec<Stage>,
    /// Its continuous-deployment triggers.
    #[serde(default)]
    pub triggers: Vec<Trigger>,
}

/// How far an attempt to deploy a stage is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AttemptStatus {
    /// It waits for an agent.
    Queued,
    /// It runs.
    InProgress,
    /// It ended well.
    Succeeded,
    /// It failed.
    Rejected,
    /// Somebody cancelled it.
    Canceled,
}

/// How somebody's approval stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Its number.
    pub id: u64,
    /// `pending`, `approved`, `rejected`, `canceled`.
    pub status: String,
    /// What the approver wrote.
    pub comments: String,
    /// When it was asked for.
    pub created: Timestamp,
    /// When it was last changed.
    pub modified: Timestamp,
}

/// One attempt to deploy a stage of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The deployment's number.
    pub id: u64,
    /// 1 for the first of its stage.
    pub attempt: u32,
    /// How far it is.
    pub status: AttemptStatus,
    /// Why it runs: `manual` or `automated`.
    pub reason: String,
    /// What the caller wrote.
    pub comment: Option<String>,
    /// When it was asked for.
    pub queued: Timestamp,
    /// When it starts.
    pub starts: Timestamp,
    /// When it ends.
    pub ends: Timestamp,
    /// It will be rejected at its end.
    pub will_fail: bool,
    /// The request that asked for it.
    pub request_id: Option<String>,
    /// The approval that it needs.
    #[serde(default)]
    pub approval: Option<Approval>,
}

impl Attempt {
    /// Says whether it waits for somebody.
    pub fn waits_for_approval(&self) -> bool {
        self.approval.as_ref().is_some_and(|approval| approval.status == "pending")
    }

    /// Says whether it is not over.
    pub fn is_live(&self) -> bool {
        matches!(self.status, AttemptStatus::Queued | AttemptStatus::InProgress)
    }
}

/// One task of a stage, as a release's snapshot holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// What kind of task: its GUID.
    pub task_id: String,
    /// Its name.
    pub name: String,
    /// Whether it runs.
    pub enabled: bool,
    /// What it is told.
    pub inputs: IndexMap<String, String>,
}

/// A stage of one release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseStage {
    /// Its number, unlike that of the definition's stage.
    pub id: u64,
    /// The definition's stage.
    pub definition_stage: u64,
    /// Its name.
    pub name: String,
    /// The attempts so far.
    pub attempts: Vec<Attempt>,
    /// Its tasks: a copy of the definition's, which this release alone can change.
    #[serde(default)]
    pub tasks: Vec<Task>,
}

impl ReleaseStage {
    /// The last attempt.
    pub fn latest(&self) -> Option<&Attempt> {
        self.attempts.last()
    }
}

/// A release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Its number.
    pub id: u64,
    /// Its name, such as `Release-102`.
    pub name: String,
    /// Its definition.
    pub definition: u64,
    /// What the caller wrote.
    pub description: Option<String>,
    /// The build it holds.
    pub build: u64,
    /// When it was made.
    pub created: Timestamp,
    /// Its stages.
    pub stages: Vec<ReleaseStage>,
    /// Whether somebody abandoned it.
    #[serde(default)]
    pub abandoned: bool,
    /// How often its snapshot was changed.
    #[serde(default)]
    pub snapshot_edits: u64,
}

/// One project of an organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DevOps {
    /// The organization.
    pub organization: String,
    /// The project.
    pub project: String,
    /// The project's id.
    pub project_id: String,
    /// The build definitions.
    pub build_definitions: Vec<BuildDefinition>,
    /// The builds.
    pub builds: Vec<Build>,
    /// The release definitions.
    pub release_definitions: Vec<ReleaseDefinition>,
    /// The releases.
    pub releases: Vec<Release>,
    /// The last number given to a release.
    pub last_release: u64,
    /// The last number given to a stage of a release.
    pub last_stage: u64,
    /// The last number given to a deployment.
    pub last_deployment: u64,
    /// The repositories.
    #[serde(default)]
    pub repositories: Vec<Repository>,
    /// The runs of pipelines.
    #[serde(default)]
    pub runs: Vec<PipelineRun>,
}

impl DevOps {
    /// A build by its number in the organization.
    pub fn build(&self, id: u64) -> Option<&Build> {
        self.builds.iter().find(|build| build.id == id)
    }

    /// The same, to be changed.
    pub fn build_mut(&mut self, id: u64) -> Option<&mut Build> {
        self.builds.iter_mut().find(|build| build.id == id)
    }

    /// A build definition.
    pub fn build_definition(&self, id: u64) -> Option<&BuildDefinition> {
        self.build_definitions.iter().find(|definition| definition.id == id)
    }

    /// The same, to be changed.
    pub fn build_definition_mut(&mut self, id: u64) -> Option<&mut BuildDefinition> {
        self.build_definitions.iter_mut().find(|definition| definition.id == id)
    }

    /// A number that no build and no run of a pipeline has: they share them.
    pub fn next_build(&self) -> u64 {
        let runs = self.runs.iter().map(|run| run.id);
        self.builds.iter().map(|build| build.id).chain(runs).max().unwrap_or(0) + 1
    }

    /// A repository by its name or id.
    pub fn repository(&self, name: &str) -> Option<&Repository> {
        self.repositories.iter().find(|one| one.is_called(name))
    }

    /// The same, to be changed.
    pub fn repository_mut(&mut self, name: &str) -> Option<&mut Repository> {
        self.repositories.iter_mut().find(|one| one.is_called(name))
    }

    /// A release definition.
    pub fn release_definition(&self, id: u64) -> Option<&ReleaseDefinition> {
        self.release_definitions.iter().find(|definition| definition.id == id)
    }

    /// A release.
    pub fn release(&self, id: u64) -> Option<&Release> {
        self.releases.iter().find(|release| release.id == id)
    }

    /// The same, to be changed.
    pub fn release_mut(&mut self, id: u64) -> Option<&mut Release> {
        self.releases.iter_mut().find(|release| release.id == id)
    }
}

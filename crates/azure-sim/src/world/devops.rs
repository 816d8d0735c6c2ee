//! Builds and releases of Azure DevOps. They must not know what a deployment does to an app.

use super::app::AppAddress;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A build definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildDefinition {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
}

/// A build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
}

impl Attempt {
    /// Says whether it is not over.
    pub fn is_live(&self) -> bool {
        matches!(self.status, AttemptStatus::Queued | AttemptStatus::InProgress)
    }
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
}

impl DevOps {
    /// A build by its number in the organization.
    pub fn build(&self, id: u64) -> Option<&Build> {
        self.builds.iter().find(|build| build.id == id)
    }

    /// A release definition.
    pub fn release_definition(&self, id: u64) -> Option<&ReleaseDefinition> {
        self.release_definitions.iter().find(|definition| definition.id == id)
    }

    /// A release.
    pub fn release(&self, id: u64) -> Option<&Release> {
        self.releases.iter().find(|release| release.id == id)
    }
}

//! D14 to D16: a stage of a release, and what was deployed to a stage. It must not know what a
//! step wants.

use crate::devops::client::{DevOps, Host};
use reqwest::Method;
use serde_json::{Value, json};
use windlass_model::{Failure, RequestId};
use windlass_ports::{ActionError, Outcome};

/// Deployments of one stage that are read: the one before the last good one is rarely far behind.
const DEPLOYMENTS_MAX: u32 = 50;

/// A stage of one release.
#[derive(Clone, Debug, PartialEq)]
pub struct StageState {
    /// `notStarted`, `queued`, `inProgress`, `succeeded`, …: decoded as text, since the wire has
    /// more words than
    /// the description.
    pub status: String,
    /// The number of the last attempt; 0 where there was none.
    pub attempts: u64,
    /// How the last attempt stands.
    pub operation: String,
    /// Whether somebody is asked to approve.
    pub approval_pending: bool,
}

/// Something that was deployed to a stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Deployment {
    /// Its number, which only grows.
    pub id: u64,
    /// `succeeded`, `inProgress`, …
    pub status: String,
    /// The release.
    pub release: u64,
    /// The release's name.
    pub release_name: String,
    /// The release's stage.
    pub environment: Option<u64>,
    /// When it was asked for, as the service writes it.
    pub queued: Option<String>,
    /// When it ended, as the service writes it.
    pub completed: Option<String>,
    /// Who asked for it, as the service names him.
    pub by: Option<String>,
}

impl StageState {
    fn of(body: &Value) -> Self {
        let rows = |key: &str| body[key].as_array().cloned().unwrap_or_default();
        let steps = rows("deploySteps");
        let last = steps.iter().max_by_key(|step| step["attempt"].as_u64().unwrap_or(0));
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let pending = |row: &Value| row["status"].as_str() == Some("pending");
        Self {
            status: text(&body["status"]),
            attempts: last.and_then(|step| step["attempt"].as_u64()).unwrap_or(0),
            operation: last.map(|step| text(&step["operationStatus"])).unwrap_or_default(),
            approval_pending: rows("preDeployApprovals").iter().any(pending),
        }
    }

    /// Whether an attempt is under way.
    pub fn is_at_work(&self) -> bool {
        ["queued", "inprogress", "scheduled"].iter().any(|word| self.is(word))
    }

    /// Whether the last attempt brought the release to the stage.
    pub fn is_deployed(&self) -> bool {
        self.is("succeeded") || self.is("partiallysucceeded")
    }

    /// Whether the last attempt ended without that.
    pub fn is_refused(&self) -> bool {
        self.is("rejected") || self.is("canceled")
    }

    fn is(&self, word: &str) -> bool {
        self.status.eq_ignore_ascii_case(word)
    }

    /// Reads it.
    pub async fn read(devops: &DevOps, release: u64, stage: u64) -> Outcome<Self> {
        let what = format!("read a stage of the release {release}");
        let path = address(release, stage);
        let (body, _) = devops.get(&what, Host::Releases, &path, &[]).await?;
        Ok(Self::of(&body))
    }

    /// Tells it to deploy, with what we sign.
    pub async fn deploy(
        devops: &DevOps,
        (release, stage): (u64, u64),
        comment: String,
        request: RequestId,
    ) -> Outcome<Self> {
        let what = format!("deploy a stage of the release {release}");
        let body = json!({"status": "inProgress", "comment": comment});
        let path = address(release, stage);
        let sent = devops.write(&what, (Method::PATCH, Host::Releases, &path), body, request).await;
        match sent {
            Ok(body) => Ok(Self::of(&body)),
            Err(ActionError::Permanent(failure)) if failure.message.contains(ALREADY) => {
                Err(ActionError::InDoubt(format!("{}: it is at work already", failure.message)))
            }
            Err(error) => Err(error),
        }
    }
}

/// What Azure DevOps says to a second request while the first is at work: a fence, and a sign of
/// life.
const ALREADY: &str = "VS402964";

/// The letter case is the contract's.
fn address(release: u64, stage: u64) -> String {
    format!("/Release/releases/{release}/environments/{stage}")
}

impl Deployment {
    /// What was deployed to a stage of a definition, newest first; of each release the last try.
    pub async fn of_stage(devops: &DevOps, definition: u64, stage: u64) -> Outcome<Vec<Self>> {
        Self::list(devops, (definition, stage), true).await
    }

    /// The same with every attempt: a release that was deployed again tells when it came first.
    pub async fn attempts_of_stage(
        devops: &DevOps,
        definition: u64,
        stage: u64,
    ) -> Outcome<Vec<Self>> {
        Self::list(devops, (definition, stage), false).await
    }

    async fn list(
        devops: &DevOps,
        (definition, stage): (u64, u64),
        latest_only: bool,
    ) -> Outcome<Vec<Self>> {
        let what = "list what was deployed to a stage";
        let query = [
            ("definitionId", definition.to_string()),
            ("definitionEnvironmentId", stage.to_string()),
            ("latestAttemptsOnly", latest_only.to_string()),
            ("queryOrder", "descending".to_owned()),
            ("$top", DEPLOYMENTS_MAX.to_string()),
        ];
        let (body, _) = devops.get(what, Host::Releases, "/release/deployments", &query).await?;
        let Some(rows) = body["value"].as_array() else {
            let message = format!("failed to {what}: the answer holds no list");
            return Err(ActionError::Permanent(Failure::permanent("unknown_shape", message)));
        };
        let mut found: Vec<Self> = rows.iter().filter_map(Self::row).collect();
        found.sort_by_key(|one| std::cmp::Reverse(one.id));
        Ok(found)
    }

    fn row(row: &Value) -> Option<Self> {
        Some(Self {
            id: row["id"].as_u64()?,
            status: row["deploymentStatus"].as_str().unwrap_or_default().to_owned(),
            release: row["release"]["id"].as_u64()?,
            release_name: row["release"]["name"].as_str().unwrap_or_default().to_owned(),
            environment: row["releaseEnvironment"]["id"].as_u64(),
            queued: row["queuedOn"].as_str().map(str::to_owned),
            completed: row["completedOn"].as_str().map(str::to_owned),
            by: row["requestedBy"]["displayName"].as_str().map(str::to_owned),
        })
    }

    /// Whether it brought its release to the stage.
    pub fn is_deployed(&self) -> bool {
        let word = |word: &str| self.status.eq_ignore_ascii_case(word);
        word("succeeded") || word("partiallySucceeded")
    }

    /// Whether it is under way.
    pub fn is_at_work(&self) -> bool {
        let word = |word: &str| self.status.eq_ignore_ascii_case(word);
        word("inProgress") || word("notDeployed") || word("undefined")
    }
}

/// The release on a stage: the newest that was brought there.
pub fn current(deployments: &[Deployment]) -> Option<&Deployment> {
    deployments.iter().find(|one| one.is_deployed())
}

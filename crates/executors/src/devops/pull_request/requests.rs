//! D25: pull requests, read, listed, made and changed. It must not know what a step wants.

use crate::devops::client::{DevOps, Host};
use crate::devops::git::refs::long;
use crate::devops::refusal::{odd_answer, permanent, unreadable};
use crate::schema;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use windlass_model::RequestId;
use windlass_ports::Outcome;

/// A pull request as a file names it: its number, or the outputs of a step that gave one.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum RequestRef {
    /// Its number.
    Id(u64),
    /// What a step gave.
    Made {
        /// Its number.
        id: u64,
    },
}

impl RequestRef {
    /// Its number.
    pub fn id(&self) -> u64 {
        match self {
            Self::Id(id) | Self::Made { id } => *id,
        }
    }
}

/// The schema of one.
pub fn request_ref_schema() -> Value {
    let mut schema = schema::text(
        "the pull request: its number, or the outputs of azure_devops.pull_request.create",
    );
    schema["type"] = json!(["integer", "object"]);
    schema
}

/// A pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRequest {
    /// Its number.
    pub id: u64,
    /// `active`, `completed`, `abandoned`.
    pub status: String,
    /// `queued`, `succeeded`, `conflicts`, …
    pub merge_status: String,
    /// Its branch, without `refs/heads/`.
    pub source: String,
    /// The branch that gets it, without `refs/heads/`.
    pub target: String,
    /// What its maker wrote.
    pub description: String,
    /// Its newest commit.
    pub source_commit: Option<String>,
    /// The commit that it became.
    pub merge_commit: Option<String>,
    /// Whether its completion is at work.
    pub completing: bool,
}

/// A pull request that is over, as steps tell it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merged {
    /// Its number.
    pub id: u64,
    /// The commit that it became.
    pub commit: String,
    /// The branch that got it.
    pub target: String,
}

/// The schema of a merged one.
pub fn merged_schema() -> Value {
    schema::object(
        [
            ("id", schema::int("its number")),
            ("commit", schema::text("the commit that it became")),
            ("target", schema::text("the branch that got it")),
        ],
        &["id", "commit", "target"],
    )
}

fn address(repository: &str, id: u64) -> String {
    format!("{repository}/pullrequests/{id}")
}

impl PullRequest {
    fn of(body: &Value) -> Option<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let branch = |key: &str| text(&body[key]).map(|long| short(&long).to_owned());
        let status = text(&body["status"])?;
        Some(Self {
            id: body["pullRequestId"].as_u64()?,
            merge_status: text(&body["mergeStatus"]).unwrap_or_default(),
            source: branch("sourceRefName")?,
            target: branch("targetRefName")?,
            description: text(&body["description"]).unwrap_or_default(),
            source_commit: text(&body["lastMergeSourceCommit"]["commitId"]),
            merge_commit: text(&body["lastMergeCommit"]["commitId"]),
            completing: status == "active" && body["completionQueueTime"].is_string(),
            status,
        })
    }

    /// Reads one, with the service's clock.
    pub async fn read(
        devops: &DevOps,
        repository: &str,
        id: u64,
    ) -> Outcome<(Self, Option<String>)> {
        let what = format!("read the pull request {id}");
        let path = address(repository, id);
        let (body, date) = devops.get(&what, Host::Builds, &path, &[]).await?;
        match Self::of(&body) {
            Some(found) => Ok((found, date)),
            None => unreadable(&what),
        }
    }

    /// Those from one branch into another, newest first, whatever became of them.
    pub async fn between(
        devops: &DevOps,
        repository: &str,
        (source, target): (&str, &str),
    ) -> Outcome<Vec<Self>> {
        let what = format!("list the pull requests from {source} into {target}");
        let query = [
            ("searchCriteria.sourceRefName", long(source)),
            ("searchCriteria.targetRefName", long(target)),
            ("searchCriteria.status", "all".to_owned()),
        ];
        let path = format!("{repository}/pullrequests");
        let (body, _) = devops.get(&what, Host::Builds, &path, &query).await?;
        let Some(rows) = body["value"].as_array() else { return unreadable(&what) };
        let mut found: Vec<Self> = rows.iter().filter_map(Self::of).collect();
        found.sort_by_key(|one| std::cmp::Reverse(one.id));
        Ok(found)
    }

    /// Makes one.
    pub async fn create(
        devops: &DevOps,
        repository: &str,
        body: Value,
        request: RequestId,
    ) -> Outcome<Self> {
        let what = "make a pull request";
        let path = format!("{repository}/pullrequests");
        let call = (Method::POST, Host::Builds, path.as_str());
        let said = devops.write(what, call, body, request).await?;
        Self::of(&said).map_or_else(|| odd_answer(what), Ok)
    }

    /// Changes it.
    pub async fn change(
        &self,
        devops: &DevOps,
        repository: &str,
        (what, body): (&str, Value),
        request: RequestId,
    ) -> Outcome<Self> {
        let what = format!("{what} the pull request {}", self.id);
        let path = address(repository, self.id);
        let call = (Method::PATCH, Host::Builds, path.as_str());
        let said = devops.write(&what, call, body, request).await?;
        Self::of(&said).map_or_else(|| odd_answer(&what), Ok)
    }

    /// What it became; none while it is open. One that was abandoned became nothing.
    pub fn merged(&self) -> Outcome<Option<Merged>> {
        let (id, target) = (self.id, self.target.clone());
        match (self.status.as_str(), &self.merge_commit) {
            ("completed", Some(commit)) => Ok(Some(Merged { id, commit: commit.clone(), target })),
            ("abandoned", _) => permanent(
                "abandoned",
                format!("failed to merge the pull request {id}: somebody abandoned it"),
            ),
            _ => Ok(None),
        }
    }
}

fn short(branch: &str) -> &str {
    branch.strip_prefix("refs/heads/").unwrap_or(branch)
}

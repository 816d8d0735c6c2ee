//! D4, D6: builds. It must not know releases.

use crate::devops::client::{DevOps, Host};
use crate::devops::definition_ref::{DefinitionRef, build_definition};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use windlass_model::Failure;
use windlass_ports::{ActionError, Outcome};

/// A build that succeeded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Build {
    /// Its number in the organization.
    pub id: u64,
    /// Its build number, such as `7.1.214.3`.
    pub number: String,
    /// Its branch, without `refs/heads/`.
    pub branch: String,
    /// The version that it built: its build number.
    pub version: String,
    /// The commit that it built.
    pub commit: String,
}

/// Which build.
#[derive(Clone, Debug, PartialEq)]
pub enum Wanted {
    /// The last good one of a branch.
    LatestOf(String),
    /// The one with this build number.
    Numbered(String),
    /// The one with this id.
    Id(u64),
}

/// A branch without its long form.
pub fn short_branch(branch: &str) -> &str {
    branch.strip_prefix("refs/heads/").unwrap_or(branch)
}

fn long_branch(branch: &str) -> String {
    if branch.starts_with("refs/") { branch.to_owned() } else { format!("refs/heads/{branch}") }
}

impl Build {
    fn of(body: &Value) -> Option<Self> {
        let number = body["buildNumber"].as_str()?.to_owned();
        Some(Self {
            id: body["id"].as_u64()?,
            branch: short_branch(body["sourceBranch"].as_str().unwrap_or_default()).to_owned(),
            version: number.clone(),
            number,
            commit: body["sourceVersion"].as_str().unwrap_or_default().to_owned(),
        })
    }

    /// Finds a build that succeeded, with the service's clock.
    pub async fn find(
        devops: &DevOps,
        wanted: &Wanted,
        definition: Option<&DefinitionRef>,
    ) -> Outcome<(Self, Option<String>)> {
        let (what, mut query) = match wanted {
            Wanted::Id(id) => return Self::by_id(devops, *id).await,
            Wanted::LatestOf(branch) => (
                format!("find the last good build of {branch}"),
                vec![("branchName", long_branch(branch))],
            ),
            Wanted::Numbered(number) => {
                (format!("find the build {number}"), vec![("buildNumber", number.clone())])
            }
        };
        query.push(("definitions", build_definition(devops, definition).await?.to_string()));
        query.push(("statusFilter", "completed".to_owned()));
        query.push(("resultFilter", "succeeded".to_owned()));
        query.push(("queryOrder", "finishTimeDescending".to_owned()));
        query.push(("$top", "1".to_owned()));
        let (body, date) = devops.get(&what, Host::Builds, "/build/builds", &query).await?;
        match body["value"].as_array().and_then(|list| list.first()).and_then(Self::of) {
            Some(build) => Ok((build, date)),
            None => none(format!("failed to {what}: no build that succeeded fits")),
        }
    }

    async fn by_id(devops: &DevOps, id: u64) -> Outcome<(Self, Option<String>)> {
        let what = format!("read the build {id}");
        let path = format!("/build/builds/{id}");
        let (body, date) = devops.get(&what, Host::Builds, &path, &[]).await?;
        let result = body["result"].as_str().unwrap_or("not over");
        match Self::of(&body) {
            Some(build) if result == "succeeded" => Ok((build, date)),
            _ => none(format!("failed to use the build {id}: it is {result}, not succeeded")),
        }
    }
}

fn none<T>(message: String) -> Outcome<T> {
    Err(ActionError::Permanent(Failure::permanent("no_build", message)))
}

//! D4, D6: builds. It must not know releases.

use crate::devops::client::{DevOps, Host};
use crate::devops::definition_ref::{DefinitionRef, build_definition};
use crate::devops::refusal::{permanent, unreadable};
use crate::schema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use windlass_ports::Outcome;

/// Builds of a branch that are looked through: more are not queued while one step is at work.
const NEWEST: u32 = 50;

/// A build.
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

/// A build as a file names it: its id, or the outputs of a step that found or queued one.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum BuildRef {
    /// Its id.
    Id(u64),
    /// Its id as a text.
    Text(String),
    /// What a step gave.
    Build {
        /// Its id.
        id: u64,
    },
}

/// The schema of one.
pub fn build_ref_schema(description: &str) -> Value {
    let mut schema = schema::text(&format!(
        "{description}: its id, or the outputs of a step that found, queued or waited for one"
    ));
    schema["type"] = json!(["integer", "string", "object"]);
    schema
}

impl BuildRef {
    /// Its id.
    pub fn id(&self) -> Outcome<u64> {
        match self {
            Self::Id(id) | Self::Build { id } => Ok(*id),
            Self::Text(text) => match text.parse() {
                Ok(id) => Ok(id),
                Err(_) => permanent("input", format!("failed to read `{text}` as a build's id")),
            },
        }
    }
}

/// How a build stands.
#[derive(Clone, Debug, PartialEq)]
pub struct BuildState {
    /// The build.
    pub build: Build,
    /// `completed`, `inProgress`, …
    pub status: String,
    /// `succeeded`, `failed`, …; none while it runs.
    pub result: Option<String>,
    /// `manual`, `individualCI`, …
    pub reason: String,
    /// What it was told when it was queued, as a text of JSON.
    pub parameters: String,
    /// Its tags.
    pub tags: Vec<String>,
}

impl BuildState {
    /// What an answer says of one.
    pub fn of(body: &Value) -> Option<Self> {
        let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
        let tags = body["tags"].as_array().into_iter().flatten();
        Some(Self {
            build: Build::of(body)?,
            status: text("status"),
            result: body["result"].as_str().map(str::to_owned),
            reason: text("reason"),
            parameters: text("parameters"),
            tags: tags.filter_map(|tag| tag.as_str().map(str::to_owned)).collect(),
        })
    }

    /// Reads one.
    pub async fn read(devops: &DevOps, id: u64) -> Outcome<Self> {
        let what = format!("read the build {id}");
        let path = format!("/build/builds/{id}");
        let (body, _) = devops.get(&what, Host::Builds, &path, &[]).await?;
        Self::of(&body).map_or_else(|| unreadable(&what), Ok)
    }

    /// The newest builds of a branch, newest first, with the service's clock.
    pub async fn of_branch(
        devops: &DevOps,
        definition: u64,
        branch: &str,
    ) -> Outcome<(Vec<Self>, Option<String>)> {
        let what = format!("list the builds of {branch}");
        let query = [
            ("definitions", definition.to_string()),
            ("branchName", long_branch(branch)),
            ("queryOrder", "queueTimeDescending".to_owned()),
            ("$top", NEWEST.to_string()),
        ];
        let (body, date) = devops.get(&what, Host::Builds, "/build/builds", &query).await?;
        let Some(rows) = body["value"].as_array() else { return unreadable(&what) };
        let mut found: Vec<Self> = rows.iter().filter_map(Self::of).collect();
        found.sort_by_key(|one| std::cmp::Reverse(one.build.id));
        Ok((found, date))
    }

    /// Whether it is over.
    pub fn is_over(&self) -> bool {
        self.status.eq_ignore_ascii_case("completed")
    }

    /// Whether it ended well.
    pub fn is_good(&self) -> bool {
        self.result.as_deref() == Some("succeeded")
    }
}

/// A branch without its long form.
pub fn short_branch(branch: &str) -> &str {
    branch.strip_prefix("refs/heads/").unwrap_or(branch)
}

/// A branch in its long form.
pub fn long_branch(branch: &str) -> String {
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
            None => {
                permanent("no_build", format!("failed to {what}: no build that succeeded fits"))
            }
        }
    }

    async fn by_id(devops: &DevOps, id: u64) -> Outcome<(Self, Option<String>)> {
        let what = format!("read the build {id}");
        let path = format!("/build/builds/{id}");
        let (body, date) = devops.get(&what, Host::Builds, &path, &[]).await?;
        let result = body["result"].as_str().unwrap_or("not over");
        match Self::of(&body) {
            Some(build) if result == "succeeded" => Ok((build, date)),
            _ => permanent(
                "no_build",
                format!("failed to use the build {id}: it is {result}, not succeeded"),
            ),
        }
    }
}

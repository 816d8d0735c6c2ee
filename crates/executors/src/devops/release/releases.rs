//! D10 to D13: release definitions and releases. It must not know deployments.

use super::tasks::Tasks;
use crate::devops::build::{Build, short_branch};
use crate::devops::client::{DevOps, Host};
use crate::devops::signature::signature;
use crate::schema;
use reqwest::Method;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use windlass_model::{Failure, RequestId};
use windlass_ports::{ActionError, Context, Outcome};

/// Releases that are looked through for one that holds a build: more hold the same build only by
/// accident.
const RELEASES_MAX: u32 = 50;

/// What the description of a release says that is made to be changed.
const OWN_MARK: &str = ", for itself alone";

/// A release as a file names it: its number, or the outputs of a step that gave one.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum ReleaseRef {
    /// Its number.
    Id(u64),
    /// What a step gave.
    Release {
        /// Its number.
        id: u64,
    },
}

impl ReleaseRef {
    /// Its number.
    pub fn id(&self) -> u64 {
        match self {
            Self::Id(id) | Self::Release { id } => *id,
        }
    }
}

/// The schema of one.
pub fn release_ref_schema(description: &str) -> Value {
    let mut schema = schema::text(&format!(
        "{description}: its number, or the outputs of azure_devops.release.create"
    ));
    schema["type"] = json!(["integer", "object"]);
    schema
}

/// Reads a stage that may be named by its number.
pub fn stage_name<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    match Value::deserialize(from)? {
        Value::String(name) => Ok(name),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(Error::custom("a stage is a name or a number")),
    }
}

/// The schema of a stage.
pub fn stage_schema() -> Value {
    let mut schema = schema::text("the stage: its name, or its number in the definition");
    schema["type"] = json!(["integer", "string"]);
    schema
}

/// A stage of a release.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Its number within the release.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// The definition's stage.
    pub definition_stage: u64,
    /// Its tasks, which this release alone can have changed.
    pub tasks: Tasks,
}

/// A release.
#[derive(Clone, Debug, PartialEq)]
pub struct Release {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// What its maker wrote.
    pub description: String,
    /// Whether it can be deployed: neither a draft nor abandoned.
    pub active: bool,
    /// Its stages.
    pub stages: Vec<Stage>,
    /// The build that it holds: its id.
    pub build_id: Option<u64>,
    /// The build's number.
    pub build_number: Option<String>,
    /// The build's branch, without `refs/heads/`.
    pub branch: Option<String>,
}

/// What of a definition a release needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// Its number.
    pub id: u64,
    /// The name under which it knows its build.
    pub alias: String,
    /// The names and numbers of its stages.
    pub stages: Vec<(String, u64)>,
    /// The tasks of its stages, by their numbers.
    pub tasks: BTreeMap<u64, Tasks>,
}

impl Definition {
    /// Reads one.
    pub async fn read(devops: &DevOps, id: u64) -> Outcome<Self> {
        let what = format!("read the release definition {id}");
        let path = format!("/release/definitions/{id}");
        let (body, _) = devops.get(&what, Host::Releases, &path, &[]).await?;
        let rows = |key: &str| body[key].as_array().cloned().unwrap_or_default();
        let artifacts = rows("artifacts");
        let builds = || artifacts.iter().filter(|one| one["type"].as_str() == Some("Build"));
        let primary = builds().find(|one| one["isPrimary"].as_bool() == Some(true));
        let artifact = primary.or_else(|| builds().next()).or_else(|| artifacts.first());
        let alias = artifact.and_then(|one| one["alias"].as_str());
        let Some(alias) = alias else {
            return Err(ActionError::Permanent(Failure::permanent(
                "no_artifact",
                format!("failed to use the release definition {id}: it deploys no build"),
            )));
        };
        let rows = rows("environments");
        let stages = rows
            .iter()
            .filter_map(|row| Some((row["name"].as_str()?.to_owned(), row["id"].as_u64()?)));
        let tasks = rows.iter().filter_map(|row| Some((row["id"].as_u64()?, Tasks::of(row))));
        let (stages, tasks) = (stages.collect(), tasks.collect());
        Ok(Self { id, alias: alias.to_owned(), stages, tasks })
    }

    /// Whether a release's stage does what this says.
    pub fn has_tasks_of(&self, stage: &Stage) -> bool {
        let tasks = self.tasks.get(&stage.definition_stage);
        tasks.is_none_or(|tasks| stage.tasks.do_the_same_as(tasks))
    }

    /// Whether a release's stage was changed so that it leads to other apps.
    pub fn is_left_by(&self, stage: &Stage) -> bool {
        let tasks = self.tasks.get(&stage.definition_stage);
        tasks.is_some_and(|tasks| stage.tasks.lead_elsewhere_than(tasks))
    }

    /// Whether a release was changed for one of the stages, or made for that: its maker puts the
    /// tasks back before it takes it back.
    pub fn is_left(&self, release: &Release, definition_stage: u64) -> bool {
        let stages = &mut release.stages.iter();
        let stage = stages.find(|stage| stage.definition_stage == definition_stage);
        release.is_for_itself() || stage.is_some_and(|stage| self.is_left_by(stage))
    }

    /// The number of a stage.
    pub fn stage(&self, name: &str) -> Outcome<u64> {
        let named = self.stages.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        let found = named.or_else(|| self.stages.iter().find(|(_, id)| id.to_string() == name));
        found.map(|(_, id)| *id).ok_or_else(|| no_stage(name, self.stages.iter().map(|s| &s.0)))
    }
}

fn no_stage<'a>(name: &str, known: impl Iterator<Item = &'a String>) -> ActionError {
    let known: Vec<&str> = known.map(String::as_str).collect();
    ActionError::Permanent(Failure::permanent(
        "no_stage",
        format!("failed to find the stage `{name}`: there are {}", known.join(", ")),
    ))
}

impl Release {
    fn of(body: &Value) -> Option<Self> {
        let rows = |key: &str| body[key].as_array().cloned().unwrap_or_default();
        let stages = rows("environments");
        let stages = stages.iter().filter_map(|row| {
            Some(Stage {
                id: row["id"].as_u64()?,
                name: row["name"].as_str()?.to_owned(),
                definition_stage: row["definitionEnvironmentId"].as_u64().unwrap_or_default(),
                tasks: Tasks::of(row),
            })
        });
        let artifacts = rows("artifacts");
        let primary = artifacts.iter().find(|one| one["isPrimary"].as_bool() == Some(true));
        let held = primary.or_else(|| artifacts.first()).map(|one| &one["definitionReference"]);
        let held = held.cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let branch = text(&held["branch"]["id"]).or_else(|| text(&held["branch"]["name"]));
        Some(Self {
            id: body["id"].as_u64()?,
            name: text(&body["name"]).unwrap_or_default(),
            description: text(&body["description"]).unwrap_or_default(),
            active: body["status"].as_str().is_none_or(|status| status == "active"),
            stages: stages.collect(),
            build_id: held["version"]["id"].as_str().and_then(|id| id.parse().ok()),
            build_number: text(&held["version"]["name"]),
            branch: branch.map(|branch| short_branch(&branch).to_owned()),
        })
    }

    /// Reads one.
    pub async fn read(devops: &DevOps, id: u64) -> Outcome<Self> {
        let what = format!("read the release {id}");
        let path = format!("/release/releases/{id}");
        let (body, _) = devops.get(&what, Host::Releases, &path, &[]).await?;
        Self::of(&body).ok_or_else(|| unreadable(&what))
    }

    /// The releases of a definition that hold a build, newest first, with the service's clock.
    pub async fn holding(
        devops: &DevOps,
        definition: u64,
        build: u64,
    ) -> Outcome<(Vec<Self>, Option<String>)> {
        let what = format!("find the releases of the build {build}");
        let query = [
            ("definitionId", definition.to_string()),
            ("artifactVersionId", build.to_string()),
            ("$expand", "artifacts".to_owned()),
            ("queryOrder", "descending".to_owned()),
            ("$top", RELEASES_MAX.to_string()),
        ];
        let (body, date) = devops.get(&what, Host::Releases, "/release/releases", &query).await?;
        let list = body["value"].as_array().cloned().unwrap_or_default();
        let holds = |one: &Self| one.active && one.build_id.is_none_or(|id| id == build);
        let mut found: Vec<Self> = list.iter().filter_map(Self::of).filter(holds).collect();
        found.sort_by_key(|one| std::cmp::Reverse(one.id));
        Ok((found, date))
    }

    /// The newest release that holds a build and does what its definition says: one that was
    /// changed, or made to be changed, is for its maker alone.
    pub async fn usual(
        devops: &DevOps,
        definition: u64,
        build: u64,
    ) -> Outcome<(Option<Self>, Option<String>)> {
        let (holding, date) = Self::holding(devops, definition, build).await?;
        if holding.is_empty() {
            return Ok((None, date));
        }
        let usual = Definition::read(devops, definition).await?;
        for one in holding.into_iter().filter(|one| !one.is_for_itself()) {
            let whole = one.with_stages(devops).await?;
            if whole.stages.iter().all(|stage| usual.has_tasks_of(stage)) {
                return Ok((Some(whole), date));
            }
        }
        Ok((None, date))
    }

    /// Makes one, with our id in its description and no stage that starts by itself.
    pub async fn create(
        devops: &DevOps,
        ctx: &Context,
        definition: u64,
        build: &Build,
        (request, own): (RequestId, bool),
    ) -> Outcome<Self> {
        let definition = Definition::read(devops, definition).await?;
        let stages: Vec<&str> = definition.stages.iter().map(|(name, _)| name.as_str()).collect();
        let mark = if own { OWN_MARK } else { "" };
        let description = format!("{}{mark}", signature(ctx, request));
        let body = json!({
            "definitionId": definition.id,
            "description": description,
            "artifacts": [{
                "alias": definition.alias,
                "instanceReference": {"id": build.id.to_string(), "name": build.number},
            }],
            "manualEnvironments": stages,
            "isDraft": false,
            "reason": "none",
        });
        let what = format!("make a release of the build {}", build.number);
        let said = devops
            .write(&what, (Method::POST, Host::Releases, "/release/releases"), body, request)
            .await?;
        Self::of(&said).ok_or_else(|| {
            ActionError::InDoubt(format!("failed to {what}: the answer holds no release"))
        })
    }

    /// Whether it was made to be changed.
    pub fn is_for_itself(&self) -> bool {
        self.description.contains(OWN_MARK)
    }

    /// Its stage of a name.
    pub fn stage(&self, name: &str) -> Outcome<&Stage> {
        let named = self.stages.iter().find(|stage| stage.name.eq_ignore_ascii_case(name));
        let number = |stage: &&Stage| stage.definition_stage.to_string() == name;
        let found = named.or_else(|| self.stages.iter().find(number));
        found.ok_or_else(|| no_stage(name, self.stages.iter().map(|stage| &stage.name)))
    }

    /// The same, with its stages, which lists do not give.
    pub async fn with_stages(self, devops: &DevOps) -> Outcome<Self> {
        if self.stages.is_empty() { Self::read(devops, self.id).await } else { Ok(self) }
    }
}

fn unreadable(what: &str) -> ActionError {
    let message = format!("failed to {what}: the answer has an unknown shape");
    ActionError::Permanent(Failure::permanent("unknown_shape", message))
}

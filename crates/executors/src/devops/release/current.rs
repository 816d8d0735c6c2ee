//! `azure_devops.release.current`: the release, its build and its commit that now run on a stage.
//! It only looks.

use super::deployments::Deployment;
use super::releases::{Definition, Release, stage_name, stage_schema};
use super::standing::{Goes, current_of};
use crate::change::kinds::read_only;
use crate::change::reading::Reading;
use crate::devops::build::builds::{Build, BuildState};
use crate::devops::client::DevOps;
use crate::devops::definition_ref::{DefinitionRef, definition_schema, release_definition};
use crate::devops::refusal::permanent;
use crate::schema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use windlass_model::ActionSpec;
use windlass_model::catalog::ActionGuide;
use windlass_ports::{Context, Outcome};

/// The action's kind.
pub const KIND: &str = "azure_devops.release.current";

/// Releases whose builds are read for a history: two requests each.
const RELEASES_MAX: usize = 20;

/// The action.
pub struct Current {
    devops: Arc<DevOps>,
    spec: ActionSpec,
}

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The stage: its name, or its number in the definition.
    #[serde(deserialize_with = "stage_name")]
    pub stage: String,
    /// The release definition; the section's where absent.
    pub definition: Option<DefinitionRef>,
    /// Whether what the stage was told before is read too.
    #[serde(default)]
    pub history: bool,
}

/// Something that a stage was told to deploy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// The build's number.
    pub number: String,
    /// The build's commit.
    pub commit: String,
    /// When it was told so, as the service writes it.
    pub told_at: String,
    /// Whether the deployment ended well, and was not taken back by whoever made its release.
    pub good: bool,
}

/// Output.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// Whether anything was deployed to the stage.
    pub found: bool,
    /// Whether a deployment to the stage is at work, so that this is about to change.
    pub at_work: bool,
    /// The stage.
    pub stage: String,
    /// The release's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<u64>,
    /// The release's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The build's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub build: Option<u64>,
    /// The build's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The build's branch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The build's commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Whether the release was changed to lead elsewhere, such as to a slot that is swapped in.
    pub elsewhere: bool,
    /// When it was deployed, as the service writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// The commit that the stage was told to deploy last, whatever became of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub told_commit: Option<String>,
    /// The release that it was told to deploy then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub told_release: Option<u64>,
    /// When it was told so, as the service writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub told_at: Option<String>,
    /// Everything that the stage was told to deploy, newest first, the newest of many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<Vec<Told>>,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Says which release, build and commit now run on a stage: what was deployed \
                  there last with success."
            .to_owned(),
        input: schema::object(
            [
                ("stage", stage_schema()),
                (
                    "definition",
                    definition_schema("the release definition; the section's where absent"),
                ),
                ("history", schema::boolean("whether what it was told before is read too")),
            ],
            &["stage"],
        ),
        output: schema::object(
            [
                ("found", schema::boolean("whether anything was deployed to the stage")),
                (
                    "at_work",
                    schema::boolean("whether a deployment is at work there, which changes this"),
                ),
                ("stage", schema::text("the stage")),
                ("release", schema::int("the release's number")),
                ("name", schema::text("the release's name")),
                ("build", schema::int("the build's number in the organization")),
                ("number", schema::text("its build number, such as 7.1.214.3")),
                ("branch", schema::text("its branch, without refs/heads/")),
                ("commit", schema::text("the commit that it built")),
                (
                    "elsewhere",
                    schema::boolean(
                        "whether that release was changed to lead elsewhere, such as to a slot: \
                         its build runs on the stage's apps only once that is swapped in",
                    ),
                ),
                ("since", schema::text("when it was deployed, as the service writes it")),
                (
                    "told_commit",
                    schema::text(
                        "the commit that the stage was told to deploy last, whatever became of it",
                    ),
                ),
                ("told_release", schema::int("the number of the release that it was told then")),
                ("told_at", schema::text("when it was told so, as the service writes it")),
                (
                    "history",
                    schema::list(
                        told(),
                        "where it was asked for: what the stage was told to deploy, newest first, \
                         the newest of many",
                    ),
                ),
            ],
            &["found", "at_work", "stage", "elsewhere"],
        ),
        traits: read_only(),
        guide: ActionGuide::new(
            "nothing",
            "nothing is changed, so nothing is in doubt",
            "nothing to undo",
            &["PAT scope Release (read)", "PAT scope Build (read)"],
        ),
        example: format!("- id: on_qa4\n  uses: {KIND}\n  with: {{ stage: qa4 }}\n"),
    }
}

fn told() -> Value {
    schema::object(
        [
            ("number", schema::text("the build's number")),
            ("commit", schema::text("the commit that it built")),
            ("told_at", schema::text("when the stage was told so, as the service writes it")),
            (
                "good",
                schema::boolean(
                    "whether the deployment ended well, and its maker did not take it back",
                ),
            ),
        ],
        &["number", "commit", "told_at", "good"],
    )
}

/// What runs on a stage.
pub struct OnStage {
    /// Whether a deployment to it is at work.
    pub at_work: bool,
    /// What was deployed there last with success, and the build that it holds.
    pub now: Option<(Deployment, Build)>,
    /// Whether that one's release was changed to lead elsewhere.
    pub elsewhere: bool,
    /// What it was told to deploy last, whatever became of it.
    pub told: Option<Deployment>,
}

/// Looks at a stage.
pub async fn on_stage(
    devops: &DevOps,
    stage: &str,
    definition: Option<&DefinitionRef>,
) -> Outcome<OnStage> {
    let definition = release_definition(devops, definition).await?;
    let usual = Definition::read(devops, definition).await?;
    let number = usual.stage(stage)?;
    let deployed = Deployment::of_stage(devops, definition, number).await?;
    let at_work = deployed.iter().any(Deployment::is_at_work);
    let told = deployed.first().cloned();
    let found = current_of(devops, &deployed, number, Goes::Usual(&usual)).await?;
    let elsewhere = found.as_ref().is_some_and(|(_, release)| usual.is_left(release, number));
    let now = match found {
        Some((now, release)) => Some((now.clone(), build_of(devops, stage, &release).await?)),
        None => None,
    };
    Ok(OnStage { at_work, now, elsewhere, told })
}

async fn build_of(devops: &DevOps, stage: &str, release: &Release) -> Outcome<Build> {
    match release.build_id {
        Some(build) => Ok(BuildState::read(devops, build).await?.build),
        None => permanent(
            "no_build",
            format!("failed to see what runs on {stage}: {} names no build", release.name),
        ),
    }
}

impl Current {
    /// The action.
    pub fn new(devops: Arc<DevOps>) -> Self {
        Self { devops, spec: spec() }
    }

    /// What a stage was told, with the build that each of its releases holds.
    async fn history(&self, input: &Input) -> Outcome<Vec<Told>> {
        let devops = &self.devops;
        let definition = release_definition(devops, input.definition.as_ref()).await?;
        let usual = Definition::read(devops, definition).await?;
        let number = usual.stage(&input.stage)?;
        let attempts = Deployment::attempts_of_stage(devops, definition, number).await?;
        let mut builds: BTreeMap<u64, (Build, bool)> = BTreeMap::new();
        let mut history = Vec::new();
        for one in attempts {
            if !builds.contains_key(&one.release) {
                if builds.len() == RELEASES_MAX {
                    break;
                }
                let release = Release::read(devops, one.release).await?;
                let build = build_of(devops, &input.stage, &release).await?;
                let counts = Goes::Usual(&usual).counts(&release, number);
                builds.insert(one.release, (build, counts));
            }
            let (Some((build, counts)), Some(at)) = (builds.get(&one.release), one.queued.clone())
            else {
                continue;
            };
            history.push(Told {
                number: build.number.clone(),
                commit: build.commit.clone(),
                told_at: at,
                good: *counts && one.is_deployed(),
            });
        }
        Ok(history)
    }
}

impl Reading for Current {
    type Input = Input;
    type Output = Output;

    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    async fn read(&self, _ctx: &Context, input: &Input) -> Outcome<Output> {
        let history = match input.history {
            true => Some(self.history(input).await?),
            false => None,
        };
        let seen = on_stage(&self.devops, &input.stage, input.definition.as_ref()).await?;
        let mut output = Output {
            at_work: seen.at_work,
            elsewhere: seen.elsewhere,
            stage: input.stage.clone(),
            history,
            ..Output::default()
        };
        if let Some(told) = seen.told {
            let release = Release::read(&self.devops, told.release).await?;
            let build = build_of(&self.devops, &input.stage, &release).await?;
            output.told_release = Some(told.release);
            (output.told_commit, output.told_at) = (Some(build.commit), told.queued);
        }
        let Some((now, build)) = seen.now else { return Ok(output) };
        Ok(Output {
            found: true,
            release: Some(now.release),
            name: Some(now.release_name),
            build: Some(build.id),
            number: Some(build.number),
            branch: Some(build.branch),
            commit: Some(build.commit),
            since: now.completed,
            ..output
        })
    }
}

//! `azure_devops.release.deploy`: its input, what it captures, its output, its description.

use super::create::Named;
use super::releases::{ReleaseRef, Stage, release_ref_schema, stage_name, stage_schema};
use crate::azure::app_service::binding::{AppBinding, KIND as APP};
use crate::devops::build::Build;
use crate::devops::definition_ref::{DefinitionRef, definition_schema};
use crate::devops::refusal::permanent;
use crate::schema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use windlass_model::Binding;
use windlass_model::catalog::{ActionGuide, ActionTraits};
use windlass_model::event::Effect;
use windlass_model::{ActionSpec, EffectClass};
use windlass_ports::Outcome;
use windlass_ports::action::Bindings;

/// The action's kind.
pub const KIND: &str = "azure_devops.release.deploy";

/// How long a request may still be on its way.
const SETTLE_MS: u64 = 120_000;

/// Input.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The release.
    pub release: Option<ReleaseRef>,
    /// Or the branch whose last good build it is to hold.
    pub branch: Option<String>,
    /// Or the number of that build.
    pub build_number: Option<String>,
    /// The stage: its name, or its number in the definition.
    #[serde(deserialize_with = "stage_name")]
    pub stage: String,
    /// The release definition; the section's where absent.
    pub definition: Option<DefinitionRef>,
    /// The apps that the stage deploys to, where their bindings do not say so.
    #[serde(default)]
    pub apps: Vec<String>,
}

/// What was before.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// The release to deploy; absent where it is yet to be made.
    pub release: Option<Named>,
    /// The build that it holds, where it is known.
    pub build: Option<Build>,
    /// The stage's number in the definition.
    pub definition_stage: u64,
    /// Attempts that the release's stage had.
    pub attempts: u64,
    /// The release that was on the stage.
    pub previous: Option<OnStage>,
}

/// A release on a stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OnStage {
    /// The release.
    pub release: u64,
    /// Its name.
    pub name: String,
    /// The deployment that brought it there.
    pub deployment: u64,
}

/// Output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The release's number.
    pub release: u64,
    /// Its name.
    pub name: String,
    /// The stage.
    pub stage: String,
    /// The branch of its build.
    pub branch: Option<String>,
    /// The version of its build.
    pub version: Option<String>,
    /// The name of the release that was there before.
    pub previous_release: Option<String>,
}

/// The attempt that is followed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Handle {
    /// The release.
    pub release: u64,
    /// Its stage.
    pub stage: u64,
    /// Attempts that the stage had before.
    pub attempts: u64,
}

/// What it declares.
pub fn spec() -> ActionSpec {
    ActionSpec {
        kind: KIND.to_owned(),
        summary: "Deploys a release to one of its stages: a given one, or the one of a branch's \
         last good build. Undone \
                  by deploying the release that was there before."
            .to_owned(),
        input: schema::object(
            [
                ("release", release_ref_schema("the release")),
                ("branch", schema::text("or the branch whose last good build it holds")),
                ("build_number", schema::text("or the number of the build that it holds")),
                ("stage", stage_schema()),
                (
                    "definition",
                    definition_schema("the release definition; the section's where absent"),
                ),
                (
                    "apps",
                    schema::list(
                        schema::resource(APP, "an app"),
                        "the apps that the stage deploys to, where their bindings do not name it",
                    ),
                ),
            ],
            &["stage"],
        ),
        output: schema::object(
            [
                ("release", schema::int("the release's number")),
                ("name", schema::text("its name")),
                ("stage", schema::text("the stage")),
                ("branch", schema::text("the branch of its build")),
                ("version", schema::text("the version of its build")),
                ("previous_release", schema::text("the release that was there before")),
            ],
            &["release", "name", "stage"],
        ),
        traits: ActionTraits {
            class: EffectClass::Reversible,
            captures: true,
            compensates: true,
            compensates_in_progress: false,
            idempotent: false,
            settle_ms: SETTLE_MS,
        },
        guide: ActionGuide::new(
            "what was deployed to the stage before",
            "reads the attempts of the stage since the intent",
            "deploys what was on the stage before: its release, or another one of its build where \
             that one is abandoned or was changed for a slot",
            &[
                "PAT scope Release (read, write, execute and manage)",
                "the right to start deployments on the stage",
            ],
        ),
        example: format!("- id: deploy\n  uses: {KIND}\n  with: {{ branch: prod, stage: qa4 }}\n"),
    }
}

/// Whether exactly one of the three ways to name a release is taken.
pub fn names_one(input: &Input) -> bool {
    let ways = [input.release.is_some(), input.branch.is_some(), input.build_number.is_some()];
    ways.iter().filter(|way| **way).count() == 1
}

fn deploys_to(binding: &Binding, stage: &str) -> bool {
    let known = (binding.kind == APP).then(|| AppBinding::read(binding).ok()).flatten();
    known.is_some_and(|app| app.all_stages().any(|one| one.eq_ignore_ascii_case(stage)))
}

/// Why one cannot say which apps the stage deploys to: bindings know a stage by its name.
pub fn unknown_apps(bindings: &Bindings, input: &Input) -> Option<String> {
    let number = input.stage.chars().all(|letter| letter.is_ascii_digit());
    let known = || bindings.values().any(|binding| deploys_to(binding, &input.stage));
    (number && input.apps.is_empty() && !known()).then(|| {
        format!(
            "name the stage {}, or give `apps`: its number does not say which apps it deploys to",
            input.stage
        )
    })
}

/// The apps that a stage deploys to. Who lists them knows better than the bindings: a stage may
/// have been changed to go to a slot.
fn apps<'a>(
    bindings: &'a Bindings,
    stage: &'a str,
    listed: &'a [&str],
) -> impl Iterator<Item = (&'a String, &'a Binding)> {
    bindings.iter().filter(move |(name, binding)| match listed.is_empty() {
        true => deploys_to(binding, stage),
        false => listed.contains(&name.as_str()),
    })
}

/// Refuses a stage whose tasks lead to another slot of an app than the one that they are said to
/// lead to: what is told of the app would be untrue.
pub fn leads_to_its_apps(
    bindings: &Bindings,
    input: &Input,
    (release, stage): (&str, &Stage),
) -> Outcome<()> {
    let listed: Vec<&str> = input.apps.iter().map(String::as_str).collect();
    let places = stage.tasks.places();
    for (name, binding) in apps(bindings, &input.stage, &listed) {
        let Ok(app) = AppBinding::read(binding) else { continue };
        let slot = app.slot.as_ref().map(|slot| slot.to_lowercase());
        let of_site: Vec<_> =
            places.iter().filter(|(site, _)| site.eq_ignore_ascii_case(&app.site)).collect();
        // A variable is known to Azure DevOps alone.
        let fits = |known: &Option<String>| {
            *known == slot || known.as_ref().is_some_and(|name| name.contains("$("))
        };
        if let Some((_, wrong)) = of_site.first().filter(|_| !of_site.iter().any(|(_, s)| fits(s)))
        {
            let where_to = match wrong {
                Some(slot) => format!("its slot {slot}"),
                None => "the site itself".to_owned(),
            };
            return permanent(
                "wrong_place",
                format!(
                    "failed to deploy {release} to {}: its tasks deploy {} to {where_to}, which is \
                     not `{name}`; take a release that does what its definition says \
                     (azure_devops.release.create finds or makes one), or name the app that it \
                     goes to in `apps`",
                    input.stage, app.site
                ),
            );
        }
    }
    Ok(())
}

/// The apps of the stage get another branch and version, and may run then: a stage can start what
/// stood still. What is not known before is null.
pub fn effects(bindings: &Bindings, input: &Value) -> Vec<Effect> {
    let stage = match &input["stage"] {
        Value::String(name) => name.clone(),
        number => number.to_string(),
    };
    let listed: Vec<&str> =
        input["apps"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let build = &input["release"]["build"];
    let branch = if input["branch"].is_string() { &input["branch"] } else { &build["branch"] };
    let version = match input["build_number"].is_string() {
        true => &input["build_number"],
        false => &build["version"],
    };
    let branch = match branch.as_str() {
        Some(branch) => json!(crate::devops::build::short_branch(branch)),
        None => Value::Null,
    };
    apps(bindings, &stage, &listed)
        .flat_map(|(app, _)| {
            let effect = |field: &str, value: &Value| Effect {
                resource: app.clone(),
                field: field.to_owned(),
                value: value.clone(),
            };
            [effect("branch", &branch), effect("version", version), effect("running", &Value::Null)]
        })
        .collect()
}

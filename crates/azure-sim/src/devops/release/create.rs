//! D12: a new release of a build. Stages that start by themselves do, unless they are held back.

use super::attempt::begin;
use super::body;
use crate::devops::shapes::{invalid, not_found};
use crate::http::Answer;
use crate::ledger::{Effect, detail};
use crate::stage_tasks::of_stage;
use crate::turn::Turn;
use crate::world::{Release, ReleaseDefinition, ReleaseStage};
use serde_json::{Value, json};

/// Makes a release that somebody asks for.
pub fn create(turn: &mut Turn<'_>) -> Result<Answer, Answer> {
    let Some(body) = turn.request.json() else {
        return Err(invalid("VS402903: The specified value is not convertible to type Release."));
    };
    let id = body["definitionId"].as_u64().unwrap_or_default();
    let Some(definition) = turn.world.devops.release_definition(id).cloned() else {
        let message = format!("VS402881: Release pipeline with ID {id} does not exist.");
        return Err(not_found("ReleaseDefinitionNotFoundException", message));
    };
    let build = wanted_build(turn, &definition, &body)?;
    let description = body["description"].as_str().map(str::to_owned);
    let number = make(turn, &definition, build, description);
    if !body["isDraft"].as_bool().unwrap_or(false) {
        let held = body["manualEnvironments"].as_array().cloned().unwrap_or_default();
        start_automatic(turn, &definition, number, &held);
    }
    match turn.world.devops.release(number) {
        Some(release) => Ok(Answer::devops(200, body::release(turn, release, true, true))),
        None => Err(invalid("VS402903: The release was not created.")),
    }
}

/// Makes the releases that a good build causes by itself, where a definition has a
/// continuous-deployment trigger for its branch.
pub fn trigger(turn: &mut Turn<'_>, build: u64) {
    let devops = &turn.world.devops;
    let Some(built) = devops.build(build).cloned() else { return };
    let triggered = devops.release_definitions.iter().filter(|definition| {
        let mut triggers = definition.triggers.iter();
        definition.build_definition == built.definition
            && built.result.as_deref() == Some("succeeded")
            && triggers.any(|trigger| trigger.branch == built.branch)
    });
    let triggered: Vec<ReleaseDefinition> = triggered.cloned().collect();
    for definition in triggered {
        let number = make(turn, &definition, build, Some("Triggered by a build.".into()));
        start_automatic(turn, &definition, number, &[]);
    }
}

/// The release itself; none of its stages starts yet.
fn make(
    turn: &mut Turn<'_>,
    definition: &ReleaseDefinition,
    build: u64,
    description: Option<String>,
) -> u64 {
    let devops = &mut turn.world.devops;
    devops.last_release += 1;
    let number = devops.last_release;
    let stages = definition.stages.iter().map(|stage| {
        devops.last_stage += 1;
        ReleaseStage {
            id: devops.last_stage,
            definition_stage: stage.id,
            name: stage.name.clone(),
            attempts: Vec::new(),
            tasks: of_stage(stage),
        }
    });
    let release = Release {
        id: number,
        name: format!("Release-{number}"),
        definition: definition.id,
        description,
        build,
        created: turn.now,
        stages: stages.collect(),
        abandoned: false,
        snapshot_edits: 0,
    };
    let built = devops.build(build);
    let detail = detail([
        ("release", json!(release.name)),
        ("build", json!(build)),
        ("branch", json!(built.map(|build| &build.branch))),
        ("version", json!(built.map(|build| &build.number))),
        ("description", json!(release.description)),
    ]);
    let name = release.name.clone();
    devops.releases.push(release);
    turn.record(Effect::ReleaseCreated, name, detail);
    number
}

/// The build that the body names for the definition's artifact; the newest good one if it names
/// none.
fn wanted_build(
    turn: &Turn<'_>,
    definition: &ReleaseDefinition,
    body: &Value,
) -> Result<u64, Answer> {
    let devops = &turn.world.devops;
    let Some(artifacts) = body["artifacts"].as_array().filter(|all| !all.is_empty()) else {
        let mut good = devops.builds.iter().filter(|build| {
            build.definition == definition.build_definition
                && build.result.as_deref() == Some("succeeded")
        });
        let newest = good.next_back().map(|build| build.id);
        return newest.ok_or_else(|| invalid("VS402962: No version is available for artifact."));
    };
    let named = artifacts.iter().find(|artifact| artifact["alias"] == definition.alias.as_str());
    let Some(artifact) = named else {
        let message = format!(
            "VS402907: Version is not specified for artifact with alias '{}'.",
            definition.alias
        );
        return Err(invalid(message));
    };
    let reference = &artifact["instanceReference"]["id"];
    let id = reference.as_str().map(str::to_owned).unwrap_or_else(|| reference.to_string());
    let found = id.parse().ok().and_then(|id| devops.build(id));
    match found {
        Some(build) if build.definition == definition.build_definition => match &build.result {
            Some(_) => Ok(build.id),
            None => Err(invalid(format!("VS402976: The build {id} is not completed."))),
        },
        _ => Err(invalid(format!("VS402965: The artifact version with ID {id} does not exist."))),
    }
}

/// Starts the stages that start by themselves and are not held back.
fn start_automatic(
    turn: &mut Turn<'_>,
    definition: &ReleaseDefinition,
    number: u64,
    held: &[Value],
) {
    let release = turn.world.devops.release(number);
    let stages = release.map(|release| release.stages.clone()).unwrap_or_default();
    for (known, stage) in definition.stages.iter().zip(&stages) {
        if known.automatic && !held.iter().any(|name| name == stage.name.as_str()) {
            begin(turn, number, stage.id, "automated");
        }
    }
}

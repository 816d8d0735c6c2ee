//! D12: a new release of a build. Stages that start by themselves do, unless they are held back.

use super::attempt::begin;
use super::release_body;
use super::shapes::{invalid, not_found};
use crate::http::Answer;
use crate::ledger::{Effect, detail};
use crate::turn::Turn;
use crate::world::{Release, ReleaseDefinition, ReleaseStage};
use serde_json::{Value, json};

/// Makes a release.
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
    let number = turn.world.devops.last_release + 1;
    turn.world.devops.last_release = number;
    let mut release = Release {
        id: number,
        name: format!("Release-{number}"),
        definition: definition.id,
        description: body["description"].as_str().map(str::to_owned),
        build,
        created: turn.now,
        stages: Vec::new(),
    };
    for stage in &definition.stages {
        turn.world.devops.last_stage += 1;
        release.stages.push(ReleaseStage {
            id: turn.world.devops.last_stage,
            definition_stage: stage.id,
            name: stage.name.clone(),
            attempts: Vec::new(),
        });
    }
    turn.world.devops.releases.push(release.clone());
    let of_build = turn.world.devops.build(build);
    let detail = detail([
        ("release", json!(release.name)),
        ("build", json!(build)),
        ("branch", json!(of_build.map(|build| &build.branch))),
        ("version", json!(of_build.map(|build| &build.number))),
        ("description", json!(release.description)),
    ]);
    turn.record(Effect::ReleaseCreated, release.name.clone(), detail);
    start_automatic(turn, &definition, &release, &body);
    let release = turn.world.devops.release(number).unwrap_or(&release);
    Ok(Answer::devops(200, release_body::release(turn, release, true, true)))
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

fn start_automatic(
    turn: &mut Turn<'_>,
    definition: &ReleaseDefinition,
    release: &Release,
    body: &Value,
) {
    let held = body["manualEnvironments"].as_array().cloned().unwrap_or_default();
    let is_draft = body["isDraft"].as_bool().unwrap_or(false);
    for (known, stage) in definition.stages.iter().zip(&release.stages) {
        if known.automatic && !is_draft && !held.iter().any(|name| name == stage.name.as_str()) {
            begin(turn, release.id, stage.id, "automated");
        }
    }
}

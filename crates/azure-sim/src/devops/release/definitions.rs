//! D10: release definitions, with their stages and triggers. They must not know releases.

use crate::devops::shapes::{api, not_found, page, person, web};
use crate::http::Answer;
use crate::stage_tasks::{of_stage, phases};
use crate::turn::Turn;
use crate::world::{ReleaseDefinition, Stage, Trigger};
use serde_json::{Value, json};

/// How many definitions a list has if the caller says nothing.
const TOP: usize = 10_000;

/// A reference to a definition, as releases carry it.
pub fn reference(turn: &Turn<'_>, definition: &ReleaseDefinition) -> Value {
    json!({
        "id": definition.id,
        "name": definition.name,
        "path": "\\",
        "projectReference": null,
        "url": api(turn, &format!("Release/definitions/{}", definition.id)),
        "_links": links(turn, definition),
    })
}

fn links(turn: &Turn<'_>, definition: &ReleaseDefinition) -> Value {
    json!({
        "self": {"href": api(turn, &format!("Release/definitions/{}", definition.id))},
        "web": {"href": web(turn, &format!("_release?definitionId={}", definition.id))},
    })
}

/// Lists them; stages only if asked for.
pub fn list(turn: &Turn<'_>) -> Answer {
    let exact = turn.request.query("isExactNameMatch").is_some_and(|text| text == "true");
    let wanted = turn.request.query("searchText").map(str::to_lowercase);
    let fits = |definition: &&ReleaseDefinition| {
        let name = definition.name.to_lowercase();
        wanted.as_ref().is_none_or(|text| if exact { name == *text } else { name.contains(text) })
    };
    let expand = turn.request.query("$expand").unwrap_or_default().to_lowercase();
    let all = turn.world.devops.release_definitions.iter().filter(fits);
    let items = all.map(|definition| {
        let mut short = short(turn, definition);
        if expand.contains("environments") {
            short["environments"] = stages(turn, definition);
        }
        if expand.contains("artifacts") {
            short["artifacts"] = artifacts(turn, definition);
        }
        if expand.contains("triggers") {
            short["triggers"] = triggers(definition);
        }
        (definition.id, short)
    });
    page(turn, items.collect(), TOP)
}

/// Reads one, whole.
pub fn get(turn: &Turn<'_>, id: &str) -> Result<Answer, Answer> {
    let found = id.parse().ok().and_then(|id| turn.world.devops.release_definition(id));
    let Some(definition) = found else {
        let message = format!("VS402881: Release pipeline with ID {id} does not exist.");
        return Err(not_found("ReleaseDefinitionNotFoundException", message));
    };
    let mut body = short(turn, definition);
    body["environments"] = stages(turn, definition);
    body["artifacts"] = artifacts(turn, definition);
    body["triggers"] = triggers(definition);
    body["variables"] = json!({});
    body["variableGroups"] = json!([]);
    Ok(Answer::devops(200, body))
}

fn short(turn: &Turn<'_>, definition: &ReleaseDefinition) -> Value {
    json!({
        "source": "userInterface",
        "revision": definition.revision,
        "description": null,
        "createdBy": person(turn),
        "createdOn": "2024-01-09T09:12:31.113Z",
        "modifiedBy": person(turn),
        "modifiedOn": "2025-10-02T14:02:10.2Z",
        "isDeleted": false,
        "releaseNameFormat": "Release-$(rev:r)",
        "properties": {},
        "comment": "",
        "tags": [],
        "id": definition.id,
        "name": definition.name,
        "path": "\\",
        "projectReference": null,
        "url": api(turn, &format!("Release/definitions/{}", definition.id)),
        "_links": links(turn, definition),
    })
}

fn stages(turn: &Turn<'_>, definition: &ReleaseDefinition) -> Value {
    definition.stages.iter().enumerate().map(|(at, stage)| one_stage(turn, at, stage)).collect()
}

fn one_stage(turn: &Turn<'_>, at: usize, stage: &Stage) -> Value {
    let current = turn.world.devops.releases.iter().rev().find(|release| {
        let mut stages = release.stages.iter();
        stages.any(|known| known.definition_stage == stage.id && !known.attempts.is_empty())
    });
    json!({
        "id": stage.id,
        "name": stage.name,
        "rank": at + 1,
        "owner": person(turn),
        "variables": {},
        "variableGroups": [],
        "preDeployApprovals": {"approvals": [
            {"rank": 1, "isAutomated": !stage.needs_approval, "id": 0},
        ]},
        "postDeployApprovals": {"approvals": [{"rank": 1, "isAutomated": true, "id": 0}]},
        "deployPhases": phases(&of_stage(stage)),
        "environmentOptions": {"emailNotificationType": "OnlyOnFailure", "timeoutInMinutes": 0},
        "demands": [],
        "conditions": conditions(stage),
        "executionPolicy": {"concurrencyCount": 1, "queueDepthCount": 0},
        "schedules": [],
        "currentRelease": {"id": current.map_or(0, |release| release.id)},
        "retentionPolicy": {"daysToKeep": 30, "releasesToKeep": 3, "retainBuild": true},
        "properties": {},
        "environmentTriggers": [],
    })
}

/// A stage that starts by itself has the condition that a release was made.
pub fn conditions(stage: &Stage) -> Value {
    match stage.automatic {
        true => json!([{"name": "ReleaseStarted", "conditionType": "event", "value": ""}]),
        false => json!([]),
    }
}

fn artifacts(turn: &Turn<'_>, definition: &ReleaseDefinition) -> Value {
    json!([artifact(turn, definition)])
}

/// The build that a definition deploys, without the build itself.
pub fn artifact(turn: &Turn<'_>, definition: &ReleaseDefinition) -> Value {
    let devops = &turn.world.devops;
    let mut all = devops.build_definitions.iter();
    let name = all.find(|known| known.id == definition.build_definition).map(|known| &known.name);
    json!({
        "sourceId": source_id(turn, definition),
        "type": "Build",
        "alias": definition.alias,
        "definitionReference": {
            "definition": {"id": definition.build_definition.to_string(), "name": name},
            "project": {"id": devops.project_id, "name": devops.project},
            "defaultVersionType": {"id": "latestType", "name": "Latest"},
        },
        "isPrimary": true,
        "isRetained": false,
    })
}

/// `{project}:{build definition}`, which a list of releases can be asked for.
pub fn source_id(turn: &Turn<'_>, definition: &ReleaseDefinition) -> String {
    format!("{}:{}", turn.world.devops.project_id, definition.build_definition)
}

/// Continuous-deployment triggers: a build of the branch makes a release by itself.
fn triggers(definition: &ReleaseDefinition) -> Value {
    let one = |trigger: &Trigger| {
        json!({
            "artifactAlias": definition.alias,
            "triggerConditions": [{
                "sourceBranch": trigger.branch,
                "tags": [],
                "useBuildDefinitionBranch": false,
                "createReleaseOnBuildTagging": false,
            }],
            "triggerType": "artifactSource",
        })
    };
    definition.triggers.iter().map(one).collect()
}

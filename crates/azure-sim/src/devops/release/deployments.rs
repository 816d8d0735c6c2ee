//! D16: what was deployed where. It must not change anything.

use super::body::{build_artifact, deployment_status, operation_status};
use super::definitions::reference;
use crate::clock::iso_millis;
use crate::devops::shapes::{api, lets_through, page, person, project_reference};
use crate::http::Answer;
use crate::turn::Turn;
use crate::world::{Attempt, AttemptStatus, Release, ReleaseStage};
use serde_json::{Value, json};

/// How many deployments a list has if the caller says nothing.
const TOP: usize = 50;

/// One attempt with where it belongs.
type Deployment<'w> = (&'w Release, &'w ReleaseStage, &'w Attempt);

/// Lists those that all filters let through, newest first.
pub fn list(turn: &Turn<'_>) -> Answer {
    let query = |name: &str| turn.request.query(name);
    let latest_only = query("latestAttemptsOnly").is_some_and(|text| text == "true");
    let all = turn.world.devops.releases.iter().flat_map(|release| {
        let stages = release.stages.iter();
        stages.flat_map(move |stage| stage.attempts.iter().map(move |one| (release, stage, one)))
    });
    let mut found: Vec<Deployment<'_>> = all
        .filter(|(release, stage, attempt)| {
            let is_latest = stage.latest().is_some_and(|latest| latest.id == attempt.id);
            let status = deployment_status(attempt.status);
            (is_latest || !latest_only)
                && query("definitionId").is_none_or(|id| id == release.definition.to_string())
                && query("definitionEnvironmentId")
                    .is_none_or(|id| id == stage.definition_stage.to_string())
                && lets_through(query("deploymentStatus"), status)
                && lets_through(query("operationStatus"), operation_status(attempt.status))
        })
        .collect();
    found.sort_by_key(|(_, _, attempt)| attempt.id);
    if query("queryOrder") != Some("ascending") {
        found.reverse();
    }
    let items = found.into_iter().map(|found| (found.2.id, body(turn, found)));
    page(turn, items.collect(), TOP)
}

fn body(turn: &Turn<'_>, (release, stage, attempt): Deployment<'_>) -> Value {
    let definition = turn.world.devops.release_definition(release.definition);
    let mut body = json!({
        "id": attempt.id,
        "release": {
            "id": release.id,
            "name": release.name,
            "url": api(turn, &format!("Release/releases/{}", release.id)),
            "artifacts": [build_artifact(turn, release)],
            "description": release.description,
            "webAccessUri": api(turn, &format!("Release/releases/{}", release.id)),
            "_links": {},
        },
        "releaseDefinition": definition.map(|definition| reference(turn, definition)),
        "releaseEnvironment": {
            "id": stage.id,
            "name": stage.name,
            "url": api(
                turn,
                &format!("Release/releases/{}/environments/{}", release.id, stage.id)
            ),
            "_links": {},
        },
        "projectReference": project_reference(turn),
        "definitionEnvironmentId": stage.definition_stage,
        "attempt": attempt.attempt,
        "reason": attempt.reason,
        "deploymentStatus": deployment_status(attempt.status),
        "operationStatus": operation_status(attempt.status),
        "requestedBy": person(turn),
        "requestedFor": person(turn),
        "queuedOn": iso_millis(attempt.queued),
        "lastModifiedOn": iso_millis(attempt.queued),
        "lastModifiedBy": person(turn),
        "conditions": [],
        "preDeployApprovals": [],
        "postDeployApprovals": [],
        "_links": {},
    });
    if attempt.status != AttemptStatus::Queued {
        body["startedOn"] = json!(iso_millis(attempt.starts));
    }
    if !attempt.is_live() {
        body["completedOn"] = json!(iso_millis(attempt.ends));
        body["lastModifiedOn"] = json!(iso_millis(attempt.ends));
    }
    body
}

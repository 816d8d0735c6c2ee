//! A release and its stages as they go over the wire. It must not know who asks.

use super::definitions::{artifact, conditions, reference};
use crate::clock::iso_millis;
use crate::devops::shapes::{api, git_ref, person, project_reference, web};
use crate::stage_tasks::phases;
use crate::turn::Turn;
use crate::world::{Approval, Attempt, AttemptStatus, Release, ReleaseStage};
use serde_json::{Value, json};

/// A release with what of it is asked for.
pub fn release(turn: &Turn<'_>, release: &Release, stages: bool, artifacts: bool) -> Value {
    let devops = &turn.world.devops;
    let definition = devops.release_definition(release.definition);
    let mut body = json!({
        "id": release.id,
        "name": release.name,
        "status": if release.abandoned { "abandoned" } else { "active" },
        "createdOn": iso_millis(release.created),
        "modifiedOn": iso_millis(modified(release)),
        "modifiedBy": person(turn),
        "createdBy": person(turn),
        "createdFor": person(turn),
        "variables": {},
        "variableGroups": [],
        "releaseDefinition": definition.map(|definition| reference(turn, definition)),
        "releaseDefinitionRevision": definition.map(|definition| definition.revision),
        "description": release.description.as_deref().unwrap_or_default(),
        "reason": "manual",
        "releaseNameFormat": "Release-$(rev:r)",
        "keepForever": false,
        "definitionSnapshotRevision": 1 + release.snapshot_edits,
        "logsContainerUrl": api(turn, &format!("Release/releases/{}/logs", release.id)),
        "url": api(turn, &format!("Release/releases/{}", release.id)),
        "_links": links(turn, release),
        "tags": [],
        "triggeringArtifactAlias": null,
        "projectReference": project_reference(turn),
        "properties": {},
    });
    if stages {
        let all = release.stages.iter().enumerate();
        body["environments"] = all.map(|(at, one)| stage(turn, release, at, one)).collect();
    }
    if artifacts {
        body["artifacts"] = json!([build_artifact(turn, release)]);
    }
    body
}

fn modified(release: &Release) -> jiff::Timestamp {
    let attempts = release.stages.iter().flat_map(|stage| &stage.attempts);
    attempts.map(|attempt| attempt.queued).max().unwrap_or(release.created)
}

fn links(turn: &Turn<'_>, release: &Release) -> Value {
    let page = format!("_release?releaseId={}&_a=release-summary", release.id);
    json!({
        "self": {"href": api(turn, &format!("Release/releases/{}", release.id))},
        "web": {"href": web(turn, &page)},
    })
}

/// The build that a release holds.
pub fn build_artifact(turn: &Turn<'_>, release: &Release) -> Value {
    let devops = &turn.world.devops;
    let Some(definition) = devops.release_definition(release.definition) else {
        return Value::Null;
    };
    let mut body = artifact(turn, definition);
    if let Some(build) = devops.build(release.build) {
        let reference = &mut body["definitionReference"];
        reference["version"] = json!({"id": build.id.to_string(), "name": build.number});
        reference["branch"] = json!({"id": git_ref(&build.branch), "name": git_ref(&build.branch)});
        reference["branches"] = json!({"id": "", "name": ""});
        reference["sourceVersion"] = json!({"id": build.commit, "name": ""});
        reference["requestedFor"] = json!({"id": person(turn)["id"], "name": "Release Person"});
    }
    body["isRetained"] = json!(true);
    body
}

/// One stage of a release.
pub fn stage(turn: &Turn<'_>, release: &Release, at: usize, stage: &ReleaseStage) -> Value {
    let definition = turn.world.devops.release_definition(release.definition);
    let mut known = definition.iter().flat_map(|definition| &definition.stages);
    let known = known.find(|known| known.id == stage.definition_stage);
    let attempts: Vec<Value> = stage.attempts.iter().map(|one| attempt(turn, one)).collect();
    let asked = stage.attempts.iter().filter_map(|one| one.approval.as_ref());
    let approvals: Vec<Value> = asked.map(|one| approval(turn, release, stage, one)).collect();
    let automated = json!({"approvals": [{"rank": 1, "isAutomated": true, "id": 0}]});
    let mut body = json!({
        "id": stage.id,
        "releaseId": release.id,
        "name": stage.name,
        "status": stage.latest().map_or("notStarted", stage_status),
        "variables": {},
        "variableGroups": [],
        "preDeployApprovals": approvals,
        "postDeployApprovals": [],
        "preApprovalsSnapshot": automated,
        "postApprovalsSnapshot": automated,
        "deploySteps": attempts,
        "rank": at + 1,
        "definitionEnvironmentId": stage.definition_stage,
        "environmentOptions": {"emailNotificationType": "OnlyOnFailure", "timeoutInMinutes": 0},
        "demands": [],
        "conditions": known.map(conditions),
        "createdOn": iso_millis(release.created),
        "workflowTasks": [],
        "deployPhasesSnapshot": phases(&stage.tasks),
        "owner": person(turn),
        "schedules": [],
        "release": {
            "id": release.id,
            "name": release.name,
            "url": api(turn, &format!("Release/releases/{}", release.id)),
            "_links": links(turn, release),
        },
        "releaseDefinition": definition.map(|definition| reference(turn, definition)),
        "releaseCreatedBy": person(turn),
        "triggerReason": "Manual",
        "timeToDeploy": 0.0,
        "processParameters": {},
    });
    if let Some(last) = stage.latest() {
        body["modifiedOn"] = json!(iso_millis(last_change(turn, last)));
    }
    body
}

fn last_change(turn: &Turn<'_>, attempt: &Attempt) -> jiff::Timestamp {
    match attempt.status {
        AttemptStatus::Queued => attempt.queued,
        AttemptStatus::InProgress => attempt.starts,
        _ => attempt.ends.min(turn.now),
    }
}

/// A stage that waits for somebody counts as at work.
fn stage_status(last: &Attempt) -> &'static str {
    if last.waits_for_approval() { "inProgress" } else { status(last.status) }
}

/// An approval of a stage.
pub fn approval(turn: &Turn<'_>, release: &Release, stage: &ReleaseStage, one: &Approval) -> Value {
    let definition = turn.world.devops.release_definition(release.definition);
    json!({
        "id": one.id,
        "revision": 1,
        "approver": person(turn),
        "approvalType": "preDeploy",
        "createdOn": iso_millis(one.created),
        "modifiedOn": iso_millis(one.modified),
        "status": one.status,
        "comments": one.comments,
        "isAutomated": false,
        "isNotificationOn": true,
        "trialNumber": 1,
        "attempt": stage.latest().map_or(1, |last| last.attempt),
        "rank": 1,
        "release": {
            "id": release.id,
            "name": release.name,
            "url": api(turn, &format!("Release/releases/{}", release.id)),
            "_links": {},
        },
        "releaseDefinition": definition.map(|definition| reference(turn, definition)),
        "releaseEnvironment": {"id": stage.id, "name": stage.name, "_links": {}},
        "url": api(turn, &format!("Release/approvals/{}", one.id)),
    })
}

fn attempt(turn: &Turn<'_>, attempt: &Attempt) -> Value {
    json!({
        "id": attempt.id,
        "deploymentId": attempt.id,
        "attempt": attempt.attempt,
        "reason": attempt.reason,
        "status": deployment_status(attempt.status),
        "operationStatus": match attempt.waits_for_approval() {
            true => "Pending",
            false => operation_status(attempt.status),
        },
        "releaseDeployPhases": [],
        "requestedBy": person(turn),
        "requestedFor": person(turn),
        "queuedOn": iso_millis(attempt.queued),
        "lastModifiedBy": person(turn),
        "lastModifiedOn": iso_millis(last_change(turn, attempt)),
        "hasStarted": attempt.status != AttemptStatus::Queued,
        "issues": [],
    })
}

/// The word for a stage.
pub fn status(status: AttemptStatus) -> &'static str {
    match status {
        AttemptStatus::Queued => "queued",
        AttemptStatus::InProgress => "inProgress",
        AttemptStatus::Succeeded => "succeeded",
        AttemptStatus::Rejected => "rejected",
        AttemptStatus::Canceled => "canceled",
    }
}

/// The word for a deployment and for an attempt.
pub fn deployment_status(status: AttemptStatus) -> &'static str {
    match status {
        AttemptStatus::Queued => "notDeployed",
        AttemptStatus::InProgress => "inProgress",
        AttemptStatus::Succeeded => "succeeded",
        AttemptStatus::Rejected | AttemptStatus::Canceled => "failed",
    }
}

/// The finer word, in the letters of the wire, which are not those of the spec.
pub fn operation_status(status: AttemptStatus) -> &'static str {
    match status {
        AttemptStatus::Queued => "QueuedForAgent",
        AttemptStatus::InProgress => "PhaseInProgress",
        AttemptStatus::Succeeded => "Approved",
        AttemptStatus::Rejected => "PhaseFailed",
        AttemptStatus::Canceled => "Canceled",
    }
}

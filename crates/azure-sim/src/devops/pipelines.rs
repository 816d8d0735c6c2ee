//! D27, D28: runs of YAML pipelines and their approvals. It must not know how a run ends.

use super::build::definitions;
use super::shapes::{api, git_ref, invalid, not_found, page, person, web};
use crate::clock::{iso_millis, later};
use crate::http::Answer;
use crate::ledger::{Effect, detail};
use crate::turn::Turn;
use crate::world::{PipelineRun, RunApproval};
use indexmap::IndexMap;
use serde_json::{Map, Value, json};

/// How many runs or approvals a list has if the caller says nothing.
const TOP: usize = 10_000;

/// Lists the runs of a pipeline, newest first.
pub fn list(turn: &Turn<'_>, pipeline: &str) -> Result<Answer, Answer> {
    let known = definitions::find(turn, pipeline)?.id;
    let runs = turn.world.devops.runs.iter().rev().filter(|run| run.pipeline == known);
    Ok(page(turn, runs.map(|run| (run.id, short(turn, run))).collect(), TOP))
}

/// Reads one.
pub fn get(turn: &Turn<'_>, pipeline: &str, id: &str) -> Result<Answer, Answer> {
    let known = definitions::find(turn, pipeline)?.id;
    let mut runs = turn.world.devops.runs.iter();
    match runs.find(|run| run.pipeline == known && run.id.to_string() == id) {
        Some(run) => Ok(Answer::devops(200, body(turn, run))),
        None => Err(not_found("RunNotFoundException", format!("Run {id} was not found."))),
    }
}

/// Begins one.
pub fn post(turn: &mut Turn<'_>, pipeline: &str) -> Result<Answer, Answer> {
    let definition = definitions::find(turn, pipeline)?.clone();
    let wanted = turn.request.json().unwrap_or_default();
    let texts = |value: &Value, inner: Option<&str>| -> IndexMap<String, String> {
        let rows = value.as_object().into_iter().flatten();
        let text = |value: &Value| inner.map_or(value, |key| &value[key]).as_str().map(Into::into);
        rows.filter_map(|(name, value)| Some((name.clone(), text(value)?))).collect()
    };
    let variables = texts(&wanted["variables"], Some("value"));
    let refused = variables
        .keys()
        .find(|name| definition.variables.get(*name).is_none_or(|known| !known.allow_override));
    if let Some(name) = refused {
        return Err(invalid(format!("You can't set the following variables ({name}).")));
    }
    let id = turn.world.devops.next_build();
    let reference = wanted["resources"]["repositories"]["self"]["refName"].as_str();
    let ends = later(turn.now, turn.world.timing.pipeline_s);
    let skipped = wanted["stagesToSkip"].as_array().into_iter().flatten();
    let approval = definition.run_needs_approval.then(|| RunApproval {
        id: turn.world.ids.fresh().to_string(),
        status: "pending".to_owned(),
        comment: String::new(),
        modified: turn.now,
    });
    let run = PipelineRun {
        id,
        pipeline: definition.id,
        name: format!("{}.{id}", iso_millis(turn.now)[..10].replace('-', "")),
        branch: reference.map_or_else(|| git_ref("main"), str::to_owned),
        variables,
        template_parameters: texts(&wanted["templateParameters"], None),
        skipped: skipped.filter_map(|one| one.as_str().map(str::to_owned)).collect(),
        result: None,
        created: turn.now,
        ends: approval.is_none().then_some(ends),
        finished: None,
        will_fail: turn.twist.failure.is_some(),
        approval,
        request_id: turn.request.request_id(),
    };
    let detail = detail([("run", json!(id)), ("branch", json!(run.branch))]);
    turn.record(Effect::PipelineRunStarted, run.name.clone(), detail);
    let answer = body(turn, &run);
    turn.world.devops.runs.push(run);
    Ok(Answer::devops(200, answer))
}

fn short(turn: &Turn<'_>, run: &PipelineRun) -> Value {
    let name = turn.world.devops.build_definition(run.pipeline).map(|known| &known.name);
    let own = api(turn, &format!("pipelines/{}/runs/{}", run.pipeline, run.id));
    let mut body = json!({
        "_links": {
            "self": {"href": own},
            "web": {"href": web(turn, &format!("_build/results?buildId={}", run.id))},
        },
        "templateParameters": run.template_parameters,
        "pipeline": {
            "url": api(turn, &format!("pipelines/{}?revision=1", run.pipeline)),
            "id": run.pipeline,
            "revision": 1,
            "name": name,
            "folder": "\\",
        },
        "state": if run.result.is_some() { "completed" } else { "inProgress" },
        "createdDate": iso_millis(run.created),
        "url": own,
        "id": run.id,
        "name": run.name,
    });
    if let Some(result) = &run.result {
        body["result"] = json!(result);
    }
    if let Some(finished) = run.finished {
        body["finishedDate"] = json!(iso_millis(finished));
    }
    body
}

fn body(turn: &Turn<'_>, run: &PipelineRun) -> Value {
    let mut body = short(turn, run);
    body["resources"] = json!({"repositories": {"self": {"refName": run.branch}}});
    if !run.variables.is_empty() {
        let rows =
            run.variables.iter().map(|(name, value)| (name.clone(), json!({"value": value})));
        body["variables"] = Value::Object(rows.collect::<Map<_, _>>());
    }
    body
}

/// Lists approvals.
pub fn approvals(turn: &Turn<'_>) -> Answer {
    let ids = turn.request.query("approvalIds");
    let state = turn.request.query("state").unwrap_or("all");
    let found = turn.world.devops.runs.iter().filter_map(|run| Some((run, run.approval.as_ref()?)));
    let found = found.filter(|(_, one)| {
        (state == "all" || one.status == state)
            && ids.is_none_or(|ids| ids.split(',').any(|id| id.eq_ignore_ascii_case(&one.id)))
    });
    let rows = found.map(|(run, one)| (run.id, approval(turn, run, one)));
    page(turn, rows.collect(), TOP)
}

/// Reads an approval.
pub fn approval_by_id(turn: &Turn<'_>, id: &str) -> Result<Answer, Answer> {
    let runs = turn.world.devops.runs.iter();
    let mut found = runs.filter_map(|run| Some((run, run.approval.as_ref()?)));
    match found.find(|(_, one)| one.id.eq_ignore_ascii_case(id)) {
        Some((run, one)) => Ok(Answer::devops(200, approval(turn, run, one))),
        None => {
            let message = format!("Approval with id {id} was not found.");
            Err(not_found("ApprovalNotFoundException", message))
        }
    }
}

fn approval(turn: &Turn<'_>, run: &PipelineRun, one: &RunApproval) -> Value {
    let name = turn.world.devops.build_definition(run.pipeline).map(|known| &known.name);
    json!({
        "id": one.id,
        "steps": [],
        "status": one.status,
        "createdOn": iso_millis(run.created),
        "lastModifiedOn": iso_millis(one.modified),
        "executionOrder": "anyOrder",
        "minRequiredApprovers": 1,
        "blockedApprovers": [],
        "_links": {"self": {"href": api(turn, &format!("pipelines/approvals/{}", one.id))}},
        "pipeline": {
            "owner": {"_links": {}, "id": run.id, "name": run.name},
            "id": run.pipeline.to_string(),
            "name": name,
        },
        "permissions": "update",
        "instructions": format!("Asked of {}", person(turn)["displayName"]),
    })
}

/// Approves or rejects.
pub fn decide(turn: &mut Turn<'_>) -> Result<Answer, Answer> {
    let Some(Value::Array(wanted)) = turn.request.json() else {
        return Err(invalid("The request has no list of approvals."));
    };
    let (now, ends) = (turn.now, later(turn.now, turn.world.timing.pipeline_s));
    let mut rows = Vec::new();
    for one in wanted {
        let id = one["approvalId"].as_str().unwrap_or_default();
        let status = one["status"].as_str().unwrap_or_default().to_owned();
        let mut runs = turn.world.devops.runs.iter_mut();
        let found = runs.find(|run| run.approval.as_ref().is_some_and(|known| known.id == id));
        let Some(run) = found else {
            let message = format!("Approval with id {id} was not found.");
            return Err(not_found("ApprovalNotFoundException", message));
        };
        let Some(known) = run.approval.as_mut().filter(|known| known.status == "pending") else {
            return Err(invalid(format!("The approval {id} is already in a terminal state.")));
        };
        known.status.clone_from(&status);
        known.comment = one["comment"].as_str().unwrap_or_default().to_owned();
        known.modified = now;
        if status == "approved" {
            run.ends = Some(ends);
        } else {
            run.result = Some("failed".to_owned());
            run.finished = Some(now);
        }
        let (run, name) = (run.clone(), run.name.clone());
        let detail = detail([("status", json!(status)), ("run", json!(run.id))]);
        turn.record(Effect::ApprovalGiven, name, detail);
        if let Some(known) = &run.approval {
            rows.push(approval(turn, &run, known));
        }
    }
    Ok(Answer::devops(200, json!({"count": rows.len(), "value": rows})))
}

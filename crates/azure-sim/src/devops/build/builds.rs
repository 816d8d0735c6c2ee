//! D4, D6: builds by filters, and one build. They must not change anything.

use super::definitions;
use crate::clock::iso_millis;
use crate::devops::shapes::{api, git_ref, lets_through, not_found, page, person, project, web};
use crate::http::Answer;
use crate::ids::named;
use crate::turn::Turn;
use crate::world::Build;
use jiff::Timestamp;
use serde_json::{Value, json};

/// How many builds a list has if the caller says nothing.
const TOP: usize = 1000;

/// Lists those that all filters let through.
pub fn list(turn: &Turn<'_>) -> Answer {
    let mut builds: Vec<&Build> =
        turn.world.devops.builds.iter().filter(|build| fits(turn, build)).collect();
    let order = turn.request.query("queryOrder").unwrap_or("queueTimeDescending");
    let lower = order.to_ascii_lowercase();
    builds.sort_by_key(|build| (moment(build, &lower), build.id));
    if !lower.ends_with("ascending") {
        builds.reverse();
    }
    let items = builds.into_iter().map(|build| (build.id, body(turn, build))).collect();
    page(turn, items, TOP)
}

/// The time that an order and `minTime` speak about. A build that runs has not ended: it sorts
/// last.
fn moment(build: &Build, order: &str) -> Timestamp {
    if order.starts_with("finishtime") {
        return build.finished.unwrap_or(Timestamp::MAX);
    }
    build.queued
}

fn fits(turn: &Turn<'_>, build: &Build) -> bool {
    let query = |name: &str| turn.request.query(name);
    let id = build.id.to_string();
    let order = query("queryOrder").unwrap_or_default().to_ascii_lowercase();
    let min = query("minTime").and_then(|text| text.parse::<Timestamp>().ok());
    let max = query("maxTime").and_then(|text| text.parse::<Timestamp>().ok());
    let number = query("buildNumber").is_none_or(|wanted| match wanted.strip_suffix('*') {
        Some(start) => build.number.starts_with(start),
        None => build.number == wanted,
    });
    // A branch is named in full; a short name finds nothing, as on the wire.
    number
        && query("definitions")
            .is_none_or(|all| lets_through(Some(all), &build.definition.to_string()))
        && query("buildIds").is_none_or(|all| lets_through(Some(all), &id))
        && query("branchName").is_none_or(|branch| branch == git_ref(&build.branch))
        && lets_through(query("statusFilter"), &build.status)
        && query("resultFilter").is_none_or(|filter| {
            build.result.as_deref().is_some_and(|result| lets_through(Some(filter), result))
        })
        && lets_through(query("reasonFilter"), &build.reason)
        && query("tagFilters").is_none_or(|all| {
            all.split(',').all(|tag| build.tags.iter().any(|known| known.eq_ignore_ascii_case(tag)))
        })
        && min.is_none_or(|min| moment(build, &order) >= min)
        && max.is_none_or(|max| moment(build, &order) <= max)
}

/// A build by the number in a path; a run of a pipeline is one too.
pub fn find(turn: &Turn<'_>, id: &str) -> Result<Build, Answer> {
    let devops = &turn.world.devops;
    let number: Option<u64> = id.parse().ok();
    let run = number.and_then(|id| devops.runs.iter().find(|run| run.id == id));
    let found = number.and_then(|id| devops.build(id)).cloned().or_else(|| {
        run.map(|run| Build {
            id: run.id,
            definition: run.pipeline,
            number: run.name.clone(),
            branch: run.branch.trim_start_matches("refs/heads/").to_owned(),
            status: if run.result.is_some() { "completed" } else { "inProgress" }.to_owned(),
            result: run.result.clone(),
            queued: run.created,
            finished: run.finished,
            reason: "manual".to_owned(),
            ..Build::default()
        })
    });
    found.ok_or_else(|| {
        let message = format!("The requested build {id} could not be found.");
        not_found("BuildNotFoundException", message)
    })
}

/// Reads one.
pub fn get(turn: &Turn<'_>, id: &str) -> Result<Answer, Answer> {
    let build = find(turn, id)?;
    Ok(Answer::devops(200, body(turn, &build)))
}

/// A build as it goes over the wire.
pub fn body(turn: &Turn<'_>, build: &Build) -> Value {
    let mut definitions = turn.world.devops.build_definitions.iter();
    let definition = definitions.find(|definition| definition.id == build.definition);
    let plan = named(&format!("plan/{}", build.id)).to_string();
    let queue = json!({
        "id": 20_767,
        "name": "Azure Pipelines",
        "pool": {"id": 9, "name": "Azure Pipelines", "isHosted": true},
    });
    let repository = json!({
        "id": named("repository").to_string(),
        "type": "TfsGit",
        "name": turn.world.devops.project,
        "url": web(turn, "_git/app"),
        "clean": null,
        "checkoutSubmodules": false,
    });
    let mut body = json!({
        "_links": {
            "self": {"href": api(turn, &format!("build/Builds/{}", build.id))},
            "web": {"href": web(turn, &format!("_build/results?buildId={}", build.id))},
        },
        "properties": {},
        "tags": build.tags,
        "validationResults": [],
        "plans": [{"planId": plan}],
        "triggerInfo": trigger_info(build),
        "id": build.id,
        "buildNumber": build.number,
        "status": build.status,
        "queueTime": iso_millis(build.queued),
        "url": api(turn, &format!("build/Builds/{}", build.id)),
        "definition": definition.map(|definition| definitions::reference(turn, definition)),
        "buildNumberRevision": 1,
        "project": project(turn),
        "uri": format!("vstfs:///Build/Build/{}", build.id),
        "sourceBranch": git_ref(&build.branch),
        "sourceVersion": build.commit,
        "queue": queue,
        "priority": "normal",
        "reason": build.reason,
        "requestedFor": person(turn),
        "requestedBy": person(turn),
        "lastChangedDate": iso_millis(build.finished.unwrap_or(build.queued)),
        "lastChangedBy": person(turn),
        "orchestrationPlan": {"planId": plan},
        "repository": repository,
        "retainedByRelease": build.result.as_deref() == Some("succeeded"),
        "triggeredByBuild": null,
        "appendCommitMessageToRunName": true,
    });
    if build.status != "notStarted" {
        body["startTime"] = json!(iso_millis(build.queued));
    }
    if let Some(parameters) = &build.parameters {
        body["parameters"] = json!(parameters);
    }
    // Absent, not null, while the build runs.
    if let Some(result) = &build.result {
        body["result"] = json!(result);
    }
    if let Some(finished) = build.finished {
        body["finishTime"] = json!(iso_millis(finished));
    }
    body
}

fn trigger_info(build: &Build) -> Value {
    match build.reason.as_str() {
        "manual" => json!({}),
        _ => json!({"ci.sourceBranch": git_ref(&build.branch), "ci.sourceSha": build.commit}),
    }
}

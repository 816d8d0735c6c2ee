//! D5, D7: builds that somebody queues or cancels, and those that a push causes. It must not know
//! how they end.

use super::builds::{body, find};
use super::definitions;
use crate::clock::later;
use crate::devops::shapes::invalid;
use crate::http::Answer;
use crate::ledger::{Effect, detail};
use crate::turn::Turn;
use crate::world::{Build, BuildDefinition};
use serde_json::{Map, Value, json};

/// Words in the message of a push's head commit that keep builds from starting.
const SKIPS: [&str; 9] = [
    "[skip ci]",
    "[ci skip]",
    "skip-checks: true",
    "[skip azurepipelines]",
    "[azurepipelines skip]",
    "[skip azpipelines]",
    "[azpipelines skip]",
    "[skip azp]",
    "***no_ci***",
];

/// Queues a build.
pub fn post(turn: &mut Turn<'_>) -> Result<Answer, Answer> {
    let Some(wanted) = turn.request.json() else {
        return Err(invalid("The request has no body."));
    };
    let id = wanted["definition"]["id"].to_string();
    let definition = definitions::find(turn, &id)?.clone();
    let repository = turn.world.devops.repositories.first();
    let default = repository.map_or("main", |one| one.default_branch.as_str()).to_owned();
    let branch = wanted["sourceBranch"].as_str().unwrap_or(&default);
    let branch = branch.trim_start_matches("refs/heads/").to_owned();
    let head = repository.and_then(|one| one.resolve(&branch)).map(|commit| commit.id.clone());
    let commit = match (wanted["sourceVersion"].as_str().map(str::to_owned), head, repository) {
        (Some(commit), _, Some(known)) if known.commit(&commit).is_none() => {
            return Err(invalid(format!("TF401175: The version {commit} cannot be found.")));
        }
        (Some(commit), ..) => commit,
        (None, Some(head), _) => head,
        (None, None, Some(_)) => {
            return Err(invalid(format!("TF401175: The branch {branch} cannot be found.")));
        }
        (None, None, None) => String::new(),
    };
    let parameters = wanted["parameters"].as_str().map(str::to_owned);
    settable(&definition, parameters.as_deref())?;
    let build = begin(turn, &definition, &branch, commit, "manual", parameters);
    Ok(Answer::devops(200, body(turn, &build)))
}

/// Only variables that allow it are set by whoever queues a build.
fn settable(definition: &BuildDefinition, parameters: Option<&str>) -> Result<(), Answer> {
    let given: Map<String, Value> =
        parameters.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let refused = given.keys().find(|name| {
        definition.variables.get(*name).is_none_or(|variable| !variable.allow_override)
    });
    match refused {
        None => Ok(()),
        Some(name) => Err(invalid(format!(
            "You can't set the following variables ({name}). If you want to be able to set these \
             variables, then edit the pipeline and select Settable at queue time."
        ))),
    }
}

/// Begins the builds that a push to a branch causes.
pub fn for_push(turn: &mut Turn<'_>, branch: &str, commit: &str, message: &str, merged: bool) {
    let message = message.to_lowercase();
    // The completion of a pull request does not look at the message.
    if !merged && SKIPS.iter().any(|skip| message.contains(skip)) {
        return;
    }
    let devops = &turn.world.devops;
    let all = devops.build_definitions.iter();
    let caused = all.filter(|one| one.builds_branches.iter().any(|known| known == branch));
    for definition in caused.cloned().collect::<Vec<_>>() {
        begin(turn, &definition, branch, commit.to_owned(), "individualCI", None);
    }
}

fn begin(
    turn: &mut Turn<'_>,
    definition: &BuildDefinition,
    branch: &str,
    commit: String,
    reason: &str,
    parameters: Option<String>,
) -> Build {
    let starts = later(turn.now, turn.world.timing.build_queue_s);
    let build = Build {
        id: turn.world.devops.next_build(),
        definition: definition.id,
        number: number(turn, definition, branch),
        branch: branch.to_owned(),
        commit,
        status: "notStarted".to_owned(),
        queued: turn.now,
        reason: reason.to_owned(),
        parameters,
        starts: Some(starts),
        ends: Some(later(starts, turn.world.timing.build_s)),
        will_fail: turn.twist.failure.is_some(),
        request_id: turn.request.request_id(),
        ..Build::default()
    };
    turn.world.devops.builds.push(build.clone());
    let detail = detail([
        ("build", json!(build.id)),
        ("branch", json!(build.branch)),
        ("commit", json!(build.commit)),
        ("reason", json!(build.reason)),
    ]);
    turn.record(Effect::BuildQueued, build.number.clone(), detail);
    build
}

/// The version that the branch's variable holds, and how often it was built.
fn number(turn: &Turn<'_>, definition: &BuildDefinition, branch: &str) -> String {
    let named = &definition.version_variables;
    let name = named.get(branch).or_else(|| named.get("*"));
    let variable = name.and_then(|name| definition.variables.get(name));
    let version = variable.map_or("1.0.0", |variable| variable.value.as_str());
    let start = format!("{version}.");
    let known = turn.world.devops.builds.iter().filter_map(|build| {
        build.number.strip_prefix(&start).and_then(|rest| rest.parse::<u64>().ok())
    });
    format!("{start}{}", known.max().unwrap_or(0) + 1)
}

/// Cancels a build, or keeps it for ever.
pub fn patch(turn: &mut Turn<'_>, id: &str) -> Result<Answer, Answer> {
    let build = find(turn, id)?;
    let wanted = turn.request.json().unwrap_or_default();
    if wanted["status"].as_str().is_some_and(|word| word.eq_ignore_ascii_case("cancelling"))
        && build.result.is_none()
    {
        cancel(turn, &build);
    }
    let build = find(turn, id)?;
    Ok(Answer::devops(200, body(turn, &build)))
}

fn cancel(turn: &mut Turn<'_>, build: &Build) {
    let now = turn.now;
    let devops = &mut turn.world.devops;
    let effect = match devops.build_mut(build.id) {
        Some(known) => {
            known.status = "completed".to_owned();
            known.result = Some("canceled".to_owned());
            known.finished = Some(now);
            Effect::BuildCancelled
        }
        None => Effect::PipelineRunCancelled,
    };
    if let Some(run) = devops.runs.iter_mut().find(|run| run.id == build.id) {
        run.result = Some("canceled".to_owned());
        run.finished = Some(now);
        run.ends = None;
        if let Some(approval) = run.approval.as_mut().filter(|one| one.status == "pending") {
            approval.status = "canceled".to_owned();
        }
    }
    let detail = detail([("build", json!(build.id)), ("branch", json!(build.branch))]);
    turn.record(effect, build.number.clone(), detail);
}

//! D25: pull requests, whose merge is tried and whose completion ends after the answer. It must not
//! know what a merge causes.

use super::pull_request_body::body;
use super::shapes::repository;
use crate::clock::later;
use crate::devops::shapes::{invalid, not_found, page};
use crate::http::{Answer, devops_error};
use crate::ledger::{Effect, detail};
use crate::turn::Turn;
use crate::world::{PullRequest, Repository};
use serde_json::{Value, json};

/// How many pull requests a list has if the caller says nothing.
const TOP: usize = 101;

/// Lists those that the criteria let through, newest first; without a status the active ones.
pub fn list(turn: &Turn<'_>, name: &str) -> Result<Answer, Answer> {
    let repository = repository(turn, name)?;
    let query = |name: &str| turn.request.query(&format!("searchCriteria.{name}"));
    let status = query("status").unwrap_or("active");
    let fits = |one: &&PullRequest| {
        (status == "all" || one.status == status)
            && query("sourceRefName").is_none_or(|branch| branch == one.source)
            && query("targetRefName").is_none_or(|branch| branch == one.target)
    };
    let found = repository.pull_requests.iter().rev().filter(fits);
    let rows = found.map(|one| (one.id, body(turn, repository, one)));
    Ok(page(turn, rows.collect(), TOP))
}

fn find<'w>(repository: &'w Repository, id: &str) -> Result<&'w PullRequest, Answer> {
    let mut all = repository.pull_requests.iter();
    all.find(|one| one.id.to_string() == id).ok_or_else(|| {
        let message = format!("TF401180: The requested pull request {id} was not found.");
        not_found("GitPullRequestNotFoundException", message)
    })
}

/// Reads one.
pub fn get(turn: &Turn<'_>, name: &str, id: &str) -> Result<Answer, Answer> {
    let repository = repository(turn, name)?;
    Ok(Answer::devops(200, body(turn, repository, find(repository, id)?)))
}

/// Makes one.
pub fn post(turn: &mut Turn<'_>, name: &str) -> Result<Answer, Answer> {
    let repository = repository(turn, name)?;
    let wanted = turn.request.json().unwrap_or_default();
    let text = |key: &str| wanted[key].as_str().unwrap_or_default().to_owned();
    let (source, target) = (text("sourceRefName"), text("targetRefName"));
    for branch in [&source, &target] {
        if !repository.refs.contains_key(branch) {
            return Err(invalid(format!("TF401398: The branch {branch} does not exist.")));
        }
    }
    let mut all = repository.pull_requests.iter();
    if all.any(|one| one.status == "active" && one.source == source && one.target == target) {
        let message = "TF401179: An active pull request for the source and target branch already \
                       exists.";
        return Err(devops_error(409, "GitPullRequestExistsException", message));
    }
    let number = repository.pull_requests.iter().map(|one| one.id).max().unwrap_or(56) + 1;
    let made = PullRequest {
        id: number,
        source,
        target,
        title: text("title"),
        description: text("description"),
        status: "active".to_owned(),
        merge_status: "queued".to_owned(),
        created: turn.now,
        merge_checked: later(turn.now, turn.world.timing.merge_s),
        queued: None,
        completes: None,
        closed: None,
        message: None,
        delete_source: false,
        merge_commit: None,
        request_id: None,
    };
    let id = repository.id.clone();
    record(turn, Effect::PullRequestCreated, &id, &made);
    if let Some(repository) = turn.world.devops.repository_mut(&id) {
        repository.pull_requests.push(made.clone());
    }
    let repository = self::repository(turn, &id)?;
    let mut body = body(turn, repository, &made);
    // Shown of a new one alone.
    body["labels"] = json!([]);
    Ok(Answer::devops(201, body))
}

/// Notes what became of one.
pub fn record(turn: &mut Turn<'_>, effect: Effect, repository: &str, request: &PullRequest) {
    let name = turn.world.devops.repository(repository).map_or("", |one| one.name.as_str());
    let target = format!("{name}/{}", request.id);
    let detail = detail([
        ("source", json!(request.source)),
        ("target", json!(request.target)),
        ("commit", json!(request.merge_commit)),
    ]);
    turn.record(effect, target, detail);
}

/// Abandons one, or asks for its completion.
pub fn patch(turn: &mut Turn<'_>, name: &str, id: &str) -> Result<Answer, Answer> {
    let repository = repository(turn, name)?;
    let known = find(repository, id)?.clone();
    let repository_id = repository.id.clone();
    let wanted = turn.request.json().unwrap_or_default();
    let status = wanted["status"].as_str().unwrap_or_default().to_owned();
    if known.status != "active" {
        let message = format!("TF401181: The pull request {id} cannot be edited due to its state.");
        return Err(devops_error(400, "GitPullRequestNotEditableException", message));
    }
    if status == "completed" {
        fresh(repository, &known, &wanted)?;
    }
    let (now, completes) = (turn.now, later(turn.now, turn.world.timing.pull_request_s));
    let request_id = turn.request.request_id();
    let mut all = turn.world.devops.repository_mut(&repository_id);
    let requests = all.iter_mut().flat_map(|one| one.pull_requests.iter_mut());
    for one in requests.filter(|one| one.id == known.id) {
        match status.as_str() {
            "abandoned" => {
                one.status = "abandoned".to_owned();
                one.closed = Some(now);
            }
            "completed" if one.completes.is_none() => {
                let options = &wanted["completionOptions"];
                one.merge_status = "queued".to_owned();
                one.queued = Some(now);
                one.completes = Some(completes);
                one.message = options["mergeCommitMessage"].as_str().map(str::to_owned);
                one.delete_source = options["deleteSourceBranch"].as_bool().unwrap_or(false);
                one.request_id.clone_from(&request_id);
            }
            _ => {}
        }
    }
    if status == "abandoned" {
        record(turn, Effect::PullRequestAbandoned, &repository_id, &known);
    }
    get(turn, &repository_id, id)
}

/// Whoever completes must have seen the newest commit.
fn fresh(repository: &Repository, known: &PullRequest, wanted: &Value) -> Result<(), Answer> {
    let seen = wanted["lastMergeSourceCommit"]["commitId"].as_str().unwrap_or_default();
    if repository.refs.get(&known.source).is_some_and(|head| head == seen) {
        return Ok(());
    }
    let message = "TF401192: The source branch has been modified since the last merge attempt.";
    Err(devops_error(409, "GitPullRequestStaleException", message))
}

//! What time does to builds, merges, pull requests and pipelines. It must not know requests.

use super::git::pull_requests::record;
use super::git::refs::moved;
use super::git::shapes::NOTHING;
use super::release::create::trigger;
use crate::http::Request;
use crate::ids::named;
use crate::ledger::{Change, Effect, detail};
use crate::turn::{Turn, Twist};
use crate::world::{Commit, MergeState, PullRequest, Repository, World};
use jiff::Timestamp;
use serde_json::json;

/// What is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// A build finds an agent.
    BuildStart(u64),
    /// A build ends.
    BuildEnd(u64),
    /// Merge `.1` of repository `.0` ends.
    Merge(String, u64),
    /// Pull request `.1` of repository `.0` learns whether it can be merged.
    MergeCheck(String, u64),
    /// Pull request `.1` of repository `.0` is completed.
    Completion(String, u64),
    /// A pipeline's run ends.
    RunEnd(u64),
}

/// The first thing that is due, and when.
pub fn first_due(world: &World) -> Option<(Timestamp, Due)> {
    let devops = &world.devops;
    let builds = devops.builds.iter().filter_map(|build| match build.status.as_str() {
        "notStarted" => Some((build.starts?, Due::BuildStart(build.id))),
        "inProgress" => Some((build.ends?, Due::BuildEnd(build.id))),
        _ => None,
    });
    let merges = devops.repositories.iter().flat_map(|repository| {
        let open = repository.merges.iter().filter(|merge| merge.state == MergeState::Queued);
        open.map(|merge| (merge.ends, Due::Merge(repository.id.clone(), merge.id)))
    });
    let requests = devops.repositories.iter().flat_map(|repository| {
        let open = repository.pull_requests.iter().filter(|one| one.status == "active");
        open.filter_map(|one| match one.completes {
            Some(at) => Some((at, Due::Completion(repository.id.clone(), one.id))),
            None if one.merge_status == "queued" => {
                Some((one.merge_checked, Due::MergeCheck(repository.id.clone(), one.id)))
            }
            None => None,
        })
    });
    let runs = devops.runs.iter().filter(|run| run.result.is_none());
    let runs = runs.filter_map(|run| Some((run.ends?, Due::RunEnd(run.id))));
    builds.chain(merges).chain(requests).chain(runs).min_by_key(|(at, _)| *at)
}

/// Lets it happen.
pub fn happen(world: &mut World, due: &Due, at: Timestamp) -> Vec<Change> {
    let (request, twist) = (Request::default(), Twist::default());
    let mut turn = Turn { world, now: at, request: &request, twist: &twist, changes: Vec::new() };
    let asked = match due {
        Due::BuildStart(id) => {
            if let Some(build) = turn.world.devops.build_mut(*id) {
                build.status = "inProgress".to_owned();
            }
            None
        }
        Due::BuildEnd(id) => build_end(&mut turn, *id),
        Due::Merge(repository, id) => {
            merge_end(&mut turn, repository, *id);
            None
        }
        Due::MergeCheck(repository, id) => {
            let Some(known) = turn.world.devops.repository_mut(repository) else {
                return Vec::new();
            };
            let conflicts = request_of(known, *id).is_some_and(|one| conflicts(known, &one));
            let mut requests = known.pull_requests.iter_mut();
            if let Some(one) = requests.find(|one| one.id == *id) {
                one.merge_status = if conflicts { "conflicts" } else { "succeeded" }.to_owned();
            }
            None
        }
        Due::Completion(repository, id) => completion(&mut turn, repository, *id),
        Due::RunEnd(id) => run_end(&mut turn, *id),
    };
    for change in &mut turn.changes {
        if change.request_id.is_none() {
            change.request_id.clone_from(&asked);
        }
    }
    turn.changes
}

fn build_end(turn: &mut Turn<'_>, id: u64) -> Option<String> {
    let now = turn.now;
    let build = turn.world.devops.build_mut(id)?;
    build.status = "completed".to_owned();
    build.result = Some(if build.will_fail { "failed" } else { "succeeded" }.to_owned());
    build.finished = Some(now);
    let build = build.clone();
    let detail = detail([("branch", json!(build.branch)), ("result", json!(build.result))]);
    turn.record(Effect::BuildFinished, build.number, detail);
    trigger(turn, id);
    build.request_id
}

fn merge_end(turn: &mut Turn<'_>, repository: &str, id: u64) {
    let at = turn.now;
    let Some(known) = turn.world.devops.repository_mut(repository) else { return };
    let Some(merge) = known.merges.iter().find(|merge| merge.id == id).cloned() else { return };
    let state = match make_merge(known, &merge.parents, &merge.comment, at) {
        Some(commit) => MergeState::Completed(commit),
        None => MergeState::Failed("There are conflicts in the merge.".to_owned()),
    };
    if let Some(merge) = known.merges.iter_mut().find(|merge| merge.id == id) {
        merge.state = state;
    }
}

/// Makes a merge commit that no branch names; nothing where both sides changed the same.
fn make_merge(
    repository: &mut Repository,
    parents: &[String; 2],
    comment: &str,
    at: Timestamp,
) -> Option<String> {
    let (tree, conflicts) = repository.merge_trees(&parents[0], &parents[1]);
    if !conflicts.is_empty() {
        return None;
    }
    let count = repository.commits.len();
    let id = named(&format!("merge/{}/{}/{count}", parents[0], parents[1])).simple().to_string();
    // A commit id has 40 digits, a GUID 32.
    let id = format!("{id}{}", &id[..8]);
    repository.commits.push(Commit {
        id: id.clone(),
        parents: parents.to_vec(),
        comment: comment.to_owned(),
        tree,
        at,
    });
    Some(id)
}

fn request_of(repository: &Repository, id: u64) -> Option<PullRequest> {
    repository.pull_requests.iter().find(|one| one.id == id).cloned()
}

fn heads(repository: &Repository, request: &PullRequest) -> Option<[String; 2]> {
    let head = |branch: &String| repository.refs.get(branch).cloned();
    Some([head(&request.target)?, head(&request.source)?])
}

fn conflicts(repository: &Repository, request: &PullRequest) -> bool {
    heads(repository, request)
        .is_none_or(|[target, source]| !repository.merge_trees(&target, &source).1.is_empty())
}

fn completion(turn: &mut Turn<'_>, repository: &str, id: u64) -> Option<String> {
    let at = turn.now;
    let known = turn.world.devops.repository_mut(repository)?;
    let request = request_of(known, id)?;
    let default = format!("Merged PR {id}: {}", request.title);
    let message = request.message.clone().unwrap_or(default);
    let parents = heads(known, &request);
    let made = parents.and_then(|parents| make_merge(known, &parents, &message, at));
    let asked = request.request_id.clone();
    let open = known.pull_requests.iter_mut().find(|one| one.id == id)?;
    open.completes = None;
    let Some(commit) = made else {
        open.merge_status = "conflicts".to_owned();
        open.queued = None;
        return asked;
    };
    open.merge_status = "succeeded".to_owned();
    open.status = "completed".to_owned();
    open.closed = Some(at);
    open.merge_commit = Some(commit.clone());
    let closed = open.clone();
    record(turn, Effect::PullRequestCompleted, repository, &closed);
    moved(turn, repository, &closed.target, &commit, true);
    if closed.delete_source {
        moved(turn, repository, &closed.source, NOTHING, true);
    }
    asked
}

fn run_end(turn: &mut Turn<'_>, id: u64) -> Option<String> {
    let now = turn.now;
    let mut runs = turn.world.devops.runs.iter_mut();
    let run = runs.find(|run| run.id == id)?;
    run.result = Some(if run.will_fail { "failed" } else { "succeeded" }.to_owned());
    run.finished = Some(now);
    let run = run.clone();
    let detail = detail([("run", json!(id)), ("result", json!(run.result))]);
    turn.record(Effect::PipelineRunFinished, run.name, detail);
    run.request_id
}

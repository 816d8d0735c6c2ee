//! Which operation of Azure DevOps a request is. To add one: its file, and its line here.

use super::build::{
    builds, definitions as build_definitions, edit as edit_definition, queue, tags,
};
use super::git::{commits, differences, merges, pull_requests, refs};
use super::pipelines;
use super::release::{
    approvals, create, definitions as release_definitions, deploy, deployments, edit, releases,
};
use crate::arm::is_look;
use crate::http::{Answer, devops_error};
use crate::identity::{Caller, devops_caller};
use crate::turn::Turn;

/// Answers a request to a project.
pub fn answer(turn: &mut Turn<'_>, organization: &str, project: &str, rest: &[&str]) -> Answer {
    dispatch(turn, organization, project, rest).unwrap_or_else(|refusal| refusal)
}

fn dispatch(
    turn: &mut Turn<'_>,
    organization: &str,
    project: &str,
    rest: &[&str],
) -> Result<Answer, Answer> {
    let caller = devops_caller(turn)?;
    check_project(turn, organization, project)?;
    if caller == Caller::Reader && !is_look(turn.request) {
        let message = "VS402904: Access denied: the user needs Manage deployments permission.";
        return Err(devops_error(403, "AccessDeniedException", message));
    }
    // The letters of a tag are its own.
    let caller_tag = rest.last().copied().unwrap_or_default();
    let lower: Vec<String> = rest.iter().map(|part| part.to_ascii_lowercase()).collect();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    let method = turn.request.method.clone();
    match lower.as_slice() {
        ["build", rest @ ..] => of_builds(turn, &method, rest, caller_tag),
        ["release", rest @ ..] => of_releases(turn, &method, rest),
        ["git", "repositories", name, rest @ ..] => of_git(turn, &method, name, rest),
        ["pipelines", rest @ ..] => of_pipelines(turn, &method, rest),
        _ => Err(not_simulated(turn)),
    }
}

fn not_simulated(turn: &Turn<'_>) -> Answer {
    let message = format!("The simulator has no {} {}.", turn.request.method, turn.request.path);
    devops_error(501, "NotSimulatedException", message)
}

fn of_builds(
    turn: &mut Turn<'_>,
    method: &str,
    rest: &[&str],
    tag: &str,
) -> Result<Answer, Answer> {
    match (method, rest) {
        ("GET", ["definitions"]) => Ok(build_definitions::list(turn)),
        ("GET", ["definitions", id]) => build_definitions::get(turn, id),
        ("PUT", ["definitions", id]) => edit_definition::put(turn, id),
        ("GET", ["definitions", id, "revisions"]) => build_definitions::revisions(turn, id),
        ("GET", ["builds"]) => Ok(builds::list(turn)),
        ("POST", ["builds"]) => queue::post(turn),
        ("GET", ["builds", id]) => builds::get(turn, id),
        ("PATCH", ["builds", id]) => queue::patch(turn, id),
        ("GET", ["builds", id, "tags"]) => tags::list(turn, id),
        ("PUT", ["builds", id, "tags", _]) => tags::add(turn, id, tag),
        _ => Err(not_simulated(turn)),
    }
}

fn of_releases(turn: &mut Turn<'_>, method: &str, rest: &[&str]) -> Result<Answer, Answer> {
    match (method, rest) {
        ("GET", ["definitions"]) => Ok(release_definitions::list(turn)),
        ("GET", ["definitions", id]) => release_definitions::get(turn, id),
        ("GET", ["releases"]) => Ok(releases::list(turn)),
        ("POST", ["releases"]) => create::create(turn),
        ("GET", ["releases", id]) => releases::get(turn, id),
        ("PATCH", ["releases", id]) => edit::patch(turn, id),
        ("PUT", ["releases", id]) => edit::put(turn, id),
        ("GET", ["releases", id, "environments", stage]) => deploy::get(turn, id, stage),
        ("PATCH", ["releases", id, "environments", stage]) => deploy::patch(turn, id, stage),
        ("GET", ["deployments"]) => Ok(deployments::list(turn)),
        ("GET", ["approvals"]) => Ok(approvals::list(turn)),
        ("PATCH", ["approvals", id]) => approvals::patch(turn, id),
        _ => Err(not_simulated(turn)),
    }
}

fn of_git(turn: &mut Turn<'_>, method: &str, name: &str, rest: &[&str]) -> Result<Answer, Answer> {
    match (method, rest) {
        ("GET", ["refs"]) => refs::list(turn, name),
        ("POST", ["refs"]) => refs::update(turn, name),
        ("POST", ["merges"]) => merges::post(turn, name),
        ("GET", ["merges", id]) => merges::get(turn, name, id),
        ("GET", ["commits"]) => commits::list(turn, name),
        ("GET", ["commits", id]) => commits::get(turn, name, id),
        ("GET", ["commits", id, "mergebases"]) => commits::merge_bases(turn, name, id),
        ("GET", ["diffs", "commits"]) => differences::get(turn, name),
        ("GET", ["pullrequests"]) => pull_requests::list(turn, name),
        ("POST", ["pullrequests"]) => pull_requests::post(turn, name),
        ("GET", ["pullrequests", id]) => pull_requests::get(turn, name, id),
        ("PATCH", ["pullrequests", id]) => pull_requests::patch(turn, name, id),
        _ => Err(not_simulated(turn)),
    }
}

fn of_pipelines(turn: &mut Turn<'_>, method: &str, rest: &[&str]) -> Result<Answer, Answer> {
    match (method, rest) {
        ("GET", ["approvals"]) => Ok(pipelines::approvals(turn)),
        ("GET", ["approvals", id]) => pipelines::approval_by_id(turn, id),
        ("PATCH", ["approvals"]) => pipelines::decide(turn),
        ("GET", [id, "runs"]) => pipelines::list(turn, id),
        ("POST", [id, "runs"]) => pipelines::post(turn, id),
        ("GET", [id, "runs", run]) => pipelines::get(turn, id, run),
        _ => Err(not_simulated(turn)),
    }
}

/// Organization and project are looked at in any letter case; the project's id will do too.
fn check_project(turn: &Turn<'_>, organization: &str, project: &str) -> Result<(), Answer> {
    let devops = &turn.world.devops;
    if !organization.eq_ignore_ascii_case(&devops.organization) {
        let message = format!("TF400813: The organization '{organization}' does not exist.");
        return Err(devops_error(404, "HostNotFoundException", message));
    }
    if project.eq_ignore_ascii_case(&devops.project)
        || project.eq_ignore_ascii_case(&devops.project_id)
    {
        return Ok(());
    }
    let message = format!("TF200016: The following project does not exist: {project}.");
    Err(devops_error(404, "ProjectDoesNotExistWithNameException", message))
}

//! Which operation of Azure DevOps a request is. To add one: its file, and its line here.

use super::{
    build_definitions, builds, create, deploy, deployments, release_definitions, releases,
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
    let lower: Vec<String> = rest.iter().map(|part| part.to_ascii_lowercase()).collect();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    match (turn.request.method.as_str(), lower.as_slice()) {
        ("GET", ["build", "definitions"]) => Ok(build_definitions::list(turn)),
        ("GET", ["build", "definitions", id]) => build_definitions::get(turn, id),
        ("GET", ["build", "builds"]) => Ok(builds::list(turn)),
        ("GET", ["build", "builds", id]) => builds::get(turn, id),
        ("GET", ["release", "definitions"]) => Ok(release_definitions::list(turn)),
        ("GET", ["release", "definitions", id]) => release_definitions::get(turn, id),
        ("GET", ["release", "releases"]) => Ok(releases::list(turn)),
        ("POST", ["release", "releases"]) => create::create(turn),
        ("GET", ["release", "releases", id]) => releases::get(turn, id),
        ("GET", ["release", "releases", id, "environments", stage]) => deploy::get(turn, id, stage),
        ("PATCH", ["release", "releases", id, "environments", stage]) => {
            deploy::patch(turn, id, stage)
        }
        ("GET", ["release", "deployments"]) => Ok(deployments::list(turn)),
        (method, _) => {
            let message = format!("The simulator has no {method} {}.", turn.request.path);
            Err(devops_error(501, "NotSimulatedException", message))
        }
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

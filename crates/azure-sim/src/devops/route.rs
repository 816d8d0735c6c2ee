//! Which operation of Azure DevOps a request is. To add one: its file, and its line here.

use crate::http::{Answer, devops_error};
use crate::turn::Turn;

/// Answers a request to a project.
pub fn answer(turn: &mut Turn<'_>, _organization: &str, _project: &str, _rest: &[&str]) -> Answer {
    devops_error(501, "NotSimulated", format!("no operation {}", turn.request.path))
}

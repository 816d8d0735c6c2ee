//! D17: approvals before a stage is deployed. They must not know what a deployment does.

use super::attempt::approve;
use super::body::approval;
use crate::devops::shapes::{invalid, lets_through, not_found, page};
use crate::http::Answer;
use crate::turn::Turn;
use crate::world::{Approval, Release, ReleaseStage};
use serde_json::json;

/// How many approvals a list has if the caller says nothing.
const TOP: usize = 50;

type Asked<'w> = (&'w Release, &'w ReleaseStage, &'w Approval);

fn all<'w>(turn: &'w Turn<'_>) -> impl Iterator<Item = Asked<'w>> {
    turn.world.devops.releases.iter().flat_map(|release| {
        let stages = release.stages.iter();
        stages.flat_map(move |stage| {
            let attempts = stage.attempts.iter();
            attempts.filter_map(move |one| Some((release, stage, one.approval.as_ref()?)))
        })
    })
}

/// Lists them; without a filter the pending ones.
pub fn list(turn: &Turn<'_>) -> Answer {
    let query = |name: &str| turn.request.query(name);
    let status = query("statusFilter").unwrap_or("pending");
    let found = all(turn).filter(|(release, _, one)| {
        lets_through(Some(status), &one.status)
            && query("releaseIdsFilter")
                .is_none_or(|ids| ids.split(',').any(|id| id == release.id.to_string()))
    });
    let rows = found.map(|(release, stage, one)| (one.id, approval(turn, release, stage, one)));
    page(turn, rows.collect(), TOP)
}

/// Approves or rejects.
pub fn patch(turn: &mut Turn<'_>, id: &str) -> Result<Answer, Answer> {
    let known = all(turn).find(|(_, _, one)| one.id.to_string() == id);
    let Some((release, stage, one)) = known else {
        let message = format!("VS402935: Approval with ID {id} does not exist.");
        return Err(not_found("ReleaseApprovalNotFoundException", message));
    };
    if one.status != "pending" {
        return Err(invalid(format!(
            "VS402946: The approval {id} cannot be updated: it is {}.",
            one.status
        )));
    }
    let (release, stage) = (release.id, stage.id);
    let body = turn.request.json().unwrap_or(json!({}));
    let approved = match body["status"].as_str() {
        Some(word) if word.eq_ignore_ascii_case("approved") => true,
        Some(word) if word.eq_ignore_ascii_case("rejected") => false,
        _ => return Err(invalid("VS402947: An approval is approved or rejected.")),
    };
    let comments = body["comments"].as_str().unwrap_or_default().to_owned();
    approve(turn, release, stage, approved, comments);
    let found = all(turn).find(|(_, _, one)| one.id.to_string() == id);
    match found {
        Some((release, stage, one)) => Ok(Answer::devops(200, approval(turn, release, stage, one))),
        None => Err(invalid("VS402935: the approval is gone")),
    }
}

//! D14, D15: a stage of a release, told to deploy or to stop, and looked at. A second word while it
//! runs is refused: a natural fence.

use super::attempt::{begin, record};
use super::body;
use super::releases::find;
use crate::devops::shapes::{invalid, not_found};
use crate::http::Answer;
use crate::ledger::Effect;
use crate::turn::Turn;
use crate::world::AttemptStatus;

/// Reads a stage.
pub fn get(turn: &Turn<'_>, release: &str, stage: &str) -> Result<Answer, Answer> {
    let release = find(turn, release)?;
    let mut stages = release.stages.iter().enumerate();
    match stages.find(|(_, known)| known.id.to_string() == stage) {
        Some((at, known)) => Ok(Answer::devops(200, body::stage(turn, release, at, known))),
        None => {
            let message = format!("VS402919: Stage with ID {stage} does not exist in release.");
            Err(not_found("ReleaseEnvironmentNotFoundException", message))
        }
    }
}

/// Deploys or cancels a stage.
pub fn patch(turn: &mut Turn<'_>, release: &str, stage: &str) -> Result<Answer, Answer> {
    get(turn, release, stage)?;
    let body = turn.request.json().unwrap_or_default();
    let wanted = body["status"].as_str().unwrap_or_default().to_ascii_lowercase();
    let (release_id, stage_id, current) = {
        let found = find(turn, release)?;
        let known = found.stages.iter().find(|known| known.id.to_string() == stage);
        let Some(known) = known else { return Err(invalid("VS402919: no such stage")) };
        (found.id, known.id, known.latest().map(|attempt| attempt.status))
    };
    if wanted == "inprogress" && find(turn, release)?.abandoned {
        let message = "VS402937: The release is abandoned: none of its stages can be deployed.";
        return Err(invalid(message));
    }
    match (wanted.as_str(), current) {
        ("inprogress", Some(AttemptStatus::Queued | AttemptStatus::InProgress))
        | ("canceled", None | Some(AttemptStatus::Succeeded | AttemptStatus::Rejected)) => {
            Err(not_allowed(current, &wanted))
        }
        ("inprogress", _) => {
            begin(turn, release_id, stage_id, "manual");
            get(turn, release, stage)
        }
        ("canceled", Some(AttemptStatus::Queued | AttemptStatus::InProgress)) => {
            cancel(turn, stage_id);
            record(turn, release_id, stage_id, Effect::StageDeploymentCancelled);
            get(turn, release, stage)
        }
        ("canceled", Some(AttemptStatus::Canceled)) => get(turn, release, stage),
        _ => Err(invalid(format!("VS402931: The stage status '{wanted}' cannot be set."))),
    }
}

fn cancel(turn: &mut Turn<'_>, stage_id: u64) {
    let now = turn.now;
    let releases = turn.world.devops.releases.iter_mut();
    let mut stages = releases.flat_map(|release| &mut release.stages);
    let stage = stages.find(|stage| stage.id == stage_id);
    if let Some(attempt) = stage.and_then(|stage| stage.attempts.last_mut()) {
        attempt.status = AttemptStatus::Canceled;
        attempt.ends = now;
        if let Some(approval) = attempt.approval.as_mut().filter(|one| one.status == "pending") {
            approval.status = "canceled".to_owned();
        }
    }
}

/// What Azure DevOps says of a transition that there is not.
fn not_allowed(current: Option<AttemptStatus>, wanted: &str) -> Answer {
    let capital = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    let from = current.map_or("NotStarted".to_owned(), |status| capital(body::status(status)));
    let to = if wanted == "inprogress" { "InProgress" } else { "Canceled" };
    invalid(format!(
        "VS402964: Transitioning of stage from state '{from}' to state '{to}' is not allowed."
    ))
}

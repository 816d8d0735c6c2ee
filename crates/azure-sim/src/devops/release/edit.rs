//! D19, D20: one release abandoned, or its stages' tasks changed: the definition stays as it is. It
//! must not know what the tasks do.

use super::body;
use super::releases::find;
use crate::devops::shapes::invalid;
use crate::http::Answer;
use crate::ledger::{Effect, detail};
use crate::stage_tasks as tasks;
use crate::turn::Turn;
use crate::world::Release;
use serde_json::json;

/// Abandons a release.
pub fn patch(turn: &mut Turn<'_>, id: &str) -> Result<Answer, Answer> {
    let known = find(turn, id)?.clone();
    let wanted = turn.request.json().unwrap_or_default();
    let status = wanted["status"].as_str().unwrap_or_default().to_ascii_lowercase();
    if status == "abandoned" && !known.abandoned {
        if let Some(release) = turn.world.devops.release_mut(known.id) {
            release.abandoned = true;
        }
        let detail = detail([("release", json!(known.name)), ("build", json!(known.build))]);
        turn.record(Effect::ReleaseAbandoned, known.name, detail);
    }
    whole(turn, id)
}

/// Replaces a release: of what is sent the stages' tasks are taken.
pub fn put(turn: &mut Turn<'_>, id: &str) -> Result<Answer, Answer> {
    let known = find(turn, id)?.clone();
    let wanted = turn.request.json().unwrap_or_default();
    if wanted["id"].as_u64() != Some(known.id) {
        return Err(invalid("VS402904: The release of the body is not that of the address."));
    }
    let mut edited = known.clone();
    for sent in wanted["environments"].as_array().into_iter().flatten() {
        let mut stages = edited.stages.iter_mut();
        let Some(stage) = stages.find(|stage| sent["id"].as_u64() == Some(stage.id)) else {
            return Err(invalid("VS402919: The release has no such stage."));
        };
        let Some(tasks) = tasks::read(&sent["deployPhasesSnapshot"]) else {
            return Err(invalid(format!("VS402910: The tasks of {} cannot be read.", stage.name)));
        };
        if tasks != stage.tasks && stage.latest().is_some_and(|attempt| attempt.is_live()) {
            return Err(invalid(format!("VS402926: The stage {} is in progress.", stage.name)));
        }
        stage.tasks = tasks;
    }
    let changed = changed(&known, &edited);
    if !changed.is_empty() {
        edited.snapshot_edits += 1;
        if let Some(release) = turn.world.devops.release_mut(known.id) {
            *release = edited;
        }
        let detail = detail([("release", json!(known.name)), ("stages", json!(changed))]);
        turn.record(Effect::ReleaseEdited, known.name, detail);
    }
    whole(turn, id)
}

fn changed(known: &Release, edited: &Release) -> Vec<String> {
    let pairs = known.stages.iter().zip(&edited.stages);
    pairs.filter(|(was, is)| was.tasks != is.tasks).map(|(was, _)| was.name.clone()).collect()
}

fn whole(turn: &Turn<'_>, id: &str) -> Result<Answer, Answer> {
    Ok(Answer::devops(200, body::release(turn, find(turn, id)?, true, true)))
}

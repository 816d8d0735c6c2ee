//! D22: merges that end later, as commits that no branch names yet. They must not move a branch.

use super::shapes::{commit, repository};
use crate::clock::later;
use crate::devops::shapes::{invalid, not_found};
use crate::http::Answer;
use crate::turn::Turn;
use crate::world::{MergeOperation, MergeState};
use serde_json::{Value, json};

/// Asks for one.
pub fn post(turn: &mut Turn<'_>, name: &str) -> Result<Answer, Answer> {
    let repository = repository(turn, name)?;
    let body = turn.request.json().unwrap_or_default();
    let parents: Vec<String> = body["parents"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|parent| parent.as_str().map(str::to_owned))
        .collect();
    let Ok(parents) = <[String; 2]>::try_from(parents) else {
        return Err(invalid("A merge has exactly two parents."));
    };
    for parent in &parents {
        commit(repository, parent)?;
    }
    let operation = MergeOperation {
        id: repository.merges.iter().map(|merge| merge.id).max().unwrap_or(0) + 1,
        parents,
        comment: body["comment"].as_str().unwrap_or_default().to_owned(),
        state: MergeState::Queued,
        ends: later(turn.now, turn.world.timing.merge_s),
    };
    let id = repository.id.clone();
    let answer = shape(&operation);
    if let Some(repository) = turn.world.devops.repository_mut(&id) {
        repository.merges.push(operation);
    }
    Ok(Answer::devops(201, answer))
}

/// Looks at one.
pub fn get(turn: &Turn<'_>, name: &str, id: &str) -> Result<Answer, Answer> {
    let mut merges = repository(turn, name)?.merges.iter();
    match merges.find(|merge| merge.id.to_string() == id) {
        Some(merge) => Ok(Answer::devops(200, shape(merge))),
        None => {
            let message = format!("TF401201: The merge operation {id} does not exist.");
            Err(not_found("GitAsyncOperationNotFoundException", message))
        }
    }
}

fn shape(merge: &MergeOperation) -> Value {
    let (status, detailed) = match &merge.state {
        MergeState::Queued => ("queued", json!({})),
        MergeState::Completed(commit) => ("completed", json!({"mergeCommitId": commit})),
        MergeState::Failed(message) => ("failed", json!({"failureMessage": message})),
    };
    json!({
        "mergeOperationId": merge.id,
        "status": status,
        "detailedStatus": detailed,
        "parents": merge.parents,
        "comment": merge.comment,
    })
}

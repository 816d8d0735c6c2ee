//! D21: branches, read by their beginning and moved by compare-and-swap. An answer is 200 also
//! where a move is refused.

use super::shapes::{NOTHING, address, repository};
use crate::devops::build::queue::for_push;
use crate::devops::shapes::{invalid, page, person};
use crate::http::Answer;
use crate::ledger::{Effect, detail};
use crate::turn::Turn;
use crate::world::Repository;
use serde_json::{Value, json};

/// How many branches a list has if the caller says nothing.
const TOP: usize = 1000;

/// Lists the branches whose names begin with a filter.
pub fn list(turn: &Turn<'_>, name: &str) -> Result<Answer, Answer> {
    let repository = repository(turn, name)?;
    let filter = turn.request.query("filter").unwrap_or_default();
    let found = repository.refs.iter().filter(|(name, _)| {
        name.strip_prefix("refs/").is_some_and(|short| short.starts_with(filter))
    });
    let rows = found.zip(1..).map(|((name, id), number)| {
        let short = name.trim_start_matches("refs/").replace('/', "%2F");
        let row = json!({
            "name": name,
            "objectId": id,
            "creator": person(turn),
            "url": address(turn, repository, &format!("refs?filter={short}")),
        });
        (number, row)
    });
    Ok(page(turn, rows.collect(), TOP))
}

/// Moves branches, each by itself.
pub fn update(turn: &mut Turn<'_>, name: &str) -> Result<Answer, Answer> {
    let id = repository(turn, name)?.id.clone();
    let Some(Value::Array(wanted)) = turn.request.json() else {
        return Err(invalid("The request has no list of references."));
    };
    let mut rows = Vec::new();
    for one in wanted {
        let text = |key: &str| one[key].as_str().unwrap_or(NOTHING).to_owned();
        let (branch, old, new) = (text("name"), text("oldObjectId"), text("newObjectId"));
        let status = move_one(turn, &id, &branch, &old, &new);
        rows.push(json!({
            "repositoryId": id,
            "name": branch,
            "oldObjectId": old,
            "newObjectId": new,
            "isLocked": false,
            "updateStatus": status,
            "success": status == "succeeded",
        }));
    }
    Ok(Answer::devops(200, json!({"value": rows, "count": rows.len()})))
}

fn move_one(turn: &mut Turn<'_>, id: &str, branch: &str, old: &str, new: &str) -> &'static str {
    let Some(repository) = turn.world.devops.repository(id) else { return "unprocessed" };
    if let Some(refusal) = refusal(repository, branch, old, new) {
        return refusal;
    }
    moved(turn, id, branch, new, false);
    "succeeded"
}

fn refusal(repository: &Repository, branch: &str, old: &str, new: &str) -> Option<&'static str> {
    if !branch.starts_with("refs/heads/") {
        return Some("invalidRefName");
    }
    let now = repository.refs.get(branch).map_or(NOTHING, String::as_str);
    if now != old {
        return Some("staleOldObjectId");
    }
    if new != NOTHING && repository.commit(new).is_none() {
        return Some("unresolvableToCommit");
    }
    let short = branch.trim_start_matches("refs/heads/");
    if repository.protected.iter().any(|known| known == short) {
        return Some("rejectedByPolicy");
    }
    None
}

/// Lets a branch name another commit, or none, and begins what that causes.
pub fn moved(turn: &mut Turn<'_>, id: &str, branch: &str, new: &str, merged: bool) {
    let Some(repository) = turn.world.devops.repository_mut(id) else { return };
    let old = match new {
        NOTHING => repository.refs.remove(branch),
        new => repository.refs.insert(branch.to_owned(), new.to_owned()),
    };
    // A branch that goes back brings no commit that could be built.
    let back = old.as_ref().is_some_and(|old| repository.ancestors(old).contains(new));
    let message = repository.commit(new).filter(|_| !back).map(|commit| commit.comment.clone());
    let short = branch.trim_start_matches("refs/heads/").to_owned();
    let name = format!("{}/{short}", repository.name);
    let effect = match (&old, new) {
        (_, NOTHING) => Effect::BranchDeleted,
        (None, _) => Effect::BranchCreated,
        (Some(_), _) => Effect::BranchMoved,
    };
    let detail = detail([
        ("branch", json!(short)),
        ("old", json!(old)),
        ("new", json!(Some(new).filter(|new| *new != NOTHING))),
    ]);
    turn.record(effect, name, detail);
    if let Some(message) = message {
        for_push(turn, &short, new, &message, merged);
    }
}

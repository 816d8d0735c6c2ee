//! D8: tags of a build. They must not know what a tag means.

use super::builds::find;
use crate::http::Answer;
use crate::ledger::{Effect, detail};
use crate::turn::Turn;
use serde_json::json;

/// The tags of a build.
pub fn list(turn: &Turn<'_>, id: &str) -> Result<Answer, Answer> {
    let tags = find(turn, id)?.tags;
    Ok(Answer::devops(200, json!({"count": tags.len(), "value": tags})))
}

/// Adds one; a tag that is there stays as it is.
pub fn add(turn: &mut Turn<'_>, id: &str, tag: &str) -> Result<Answer, Answer> {
    let build = find(turn, id)?;
    if !build.tags.iter().any(|known| known.eq_ignore_ascii_case(tag)) {
        if let Some(known) = turn.world.devops.build_mut(build.id) {
            known.tags.push(tag.to_owned());
        }
        let detail = detail([("build", json!(build.id)), ("tag", json!(tag))]);
        turn.record(Effect::BuildTagged, build.number, detail);
    }
    list(turn, id)
}

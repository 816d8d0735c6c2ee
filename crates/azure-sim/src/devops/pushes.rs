//! A push by somebody: a commit of their own on a branch, and what it causes. It must not know
//! requests.

use super::git::refs::moved;
use crate::ids::named;
use crate::turn::Turn;
use crate::world::Commit;
use indexmap::IndexMap;

/// Commits files to a branch; a path without content is deleted. Nothing where there is no such
/// branch.
pub fn commit(
    turn: &mut Turn<'_>,
    repository: &str,
    branch: &str,
    comment: &str,
    files: &IndexMap<String, Option<String>>,
) -> Option<String> {
    let now = turn.now;
    let known = turn.world.devops.repository_mut(repository)?;
    let parent = known.resolve(branch)?.clone();
    let mut tree = parent.tree.clone();
    for (path, content) in files {
        match content {
            Some(content) => tree.insert(path.clone(), object_id(content)),
            None => tree.remove(path),
        };
    }
    let id = object_id(&format!("{}/{comment}/{now}", parent.id));
    let made = Commit {
        id: id.clone(),
        parents: vec![parent.id],
        comment: comment.to_owned(),
        tree,
        at: now,
    };
    known.commits.push(made);
    let repository = known.id.clone();
    moved(turn, &repository, &format!("refs/heads/{branch}"), &id, false);
    Some(id)
}

/// 40 digits that stand for a content.
fn object_id(content: &str) -> String {
    let id = named(content).simple().to_string();
    format!("{id}{}", &id[..8])
}

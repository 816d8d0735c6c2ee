//! What all of git shares: repositories by their names, commits as they go over the wire. It must
//! not know who asks.

use crate::clock::iso_millis;
use crate::devops::shapes::{api, not_found, web};
use crate::http::Answer;
use crate::turn::Turn;
use crate::world::{Commit, Repository};
use serde_json::{Value, json};

/// The id that names no object.
pub const NOTHING: &str = "0000000000000000000000000000000000000000";

/// A repository by the name in a path.
pub fn repository<'w>(turn: &'w Turn<'_>, name: &str) -> Result<&'w Repository, Answer> {
    turn.world.devops.repository(name).ok_or_else(|| {
        let message = format!(
            "TF401019: The Git repository with name or identifier {name} does not exist or you do \
             not have permissions for the operation you are attempting."
        );
        not_found("GitRepositoryNotFoundException", message)
    })
}

/// A commit by what a caller calls it.
pub fn commit<'w>(repository: &'w Repository, version: &str) -> Result<&'w Commit, Answer> {
    repository.resolve(version).ok_or_else(|| {
        let message = format!(
            "TF401175: The version descriptor <Commit: {version}> could not be resolved to a \
             version in the repository {}.",
            repository.name
        );
        not_found("GitUnresolvableToCommitException", message)
    })
}

/// An address below a repository.
pub fn address(turn: &Turn<'_>, repository: &Repository, rest: &str) -> String {
    api(turn, &format!("git/repositories/{}/{rest}", repository.id))
}

/// A commit; a list shows the first line of its message alone.
pub fn commit_body(turn: &Turn<'_>, repository: &Repository, commit: &Commit, list: bool) -> Value {
    let who = json!({
        "name": "Release Person",
        "email": "release@example.com",
        "date": iso_millis(commit.at),
    });
    let mut body = json!({
        "commitId": commit.id,
        "author": who,
        "committer": who,
        "comment": commit.comment,
        "parents": commit.parents,
        "url": address(turn, repository, &format!("commits/{}", commit.id)),
        "remoteUrl": web(turn, &format!("_git/{}/commit/{}", repository.name, commit.id)),
    });
    let first = commit.comment.lines().next().unwrap_or_default();
    if list && first != commit.comment {
        body["comment"] = json!(first);
        body["commentTruncated"] = json!(true);
    }
    if list {
        body["changeCounts"] = json!({"Add": 0, "Edit": 1, "Delete": 0});
    }
    body
}

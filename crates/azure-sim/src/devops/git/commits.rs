//! D23: commits, one and many, and what two of them have in common. They must not change anything.

use super::shapes::{commit, commit_body, repository};
use crate::devops::shapes::page;
use crate::http::Answer;
use crate::turn::Turn;
use crate::world::{Commit, Repository};
use serde_json::json;

/// How many commits a list has if the caller says nothing.
const TOP: usize = 100;

/// Reads one, with its whole message and its parents.
pub fn get(turn: &Turn<'_>, name: &str, id: &str) -> Result<Answer, Answer> {
    let repository = repository(turn, name)?;
    let commit = commit(repository, id)?;
    let mut body = commit_body(turn, repository, commit, false);
    body["treeId"] = json!(commit.id.chars().rev().collect::<String>());
    Ok(Answer::devops(200, body))
}

/// Lists those of a branch, newest first.
pub fn list(turn: &Turn<'_>, name: &str) -> Result<Answer, Answer> {
    let repository = repository(turn, name)?;
    let query = |name: &str| turn.request.query(&format!("searchCriteria.{name}"));
    let version = query("itemVersion.version").unwrap_or(&repository.default_branch);
    let head = commit(repository, version)?;
    let first_parents = query("historyMode").is_some_and(|mode| mode == "firstParent");
    let found = match first_parents {
        true => line(repository, head),
        false => {
            let reached = repository.ancestors(&head.id);
            repository.commits.iter().rev().filter(|one| reached.contains(&one.id)).collect()
        }
    };
    let skip = query("$skip").and_then(|text| text.parse().ok()).unwrap_or(0);
    let top = query("$top").and_then(|text| text.parse().ok()).unwrap_or(TOP);
    let rows = found.into_iter().skip(skip).take(top).zip(1..);
    let rows = rows.map(|(one, at)| (at, commit_body(turn, repository, one, true)));
    Ok(page(turn, rows.collect(), TOP))
}

/// A commit, its first parent, that one's first parent, …
fn line<'w>(repository: &'w Repository, head: &'w Commit) -> Vec<&'w Commit> {
    let next = |one: &&'w Commit| repository.commit(one.parents.first()?);
    std::iter::successors(Some(head), next).collect()
}

/// What two commits have in common.
pub fn merge_bases(turn: &Turn<'_>, name: &str, id: &str) -> Result<Answer, Answer> {
    let repository = repository(turn, name)?;
    let one = commit(repository, id)?;
    let other = commit(repository, turn.request.query("otherCommitId").unwrap_or_default())?;
    let bases = repository.merge_bases(&one.id, &other.id);
    let rows = bases.into_iter().zip(1..);
    let rows = rows.map(|(one, at)| (at, commit_body(turn, repository, one, true)));
    Ok(page(turn, rows.collect(), TOP))
}

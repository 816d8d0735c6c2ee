//! D23: what changed between two commits, files and the folders that hold them. It must not change
//! anything.

use super::shapes::{address, commit, repository};
use crate::http::Answer;
use crate::turn::Turn;
use crate::world::Repository;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// How many changes an answer holds if the caller says nothing.
const TOP: usize = 100;

/// Lists them.
pub fn get(turn: &Turn<'_>, name: &str) -> Result<Answer, Answer> {
    let repository = repository(turn, name)?;
    let query = |name: &str| turn.request.query(name);
    let version = |name: &str| query(name).unwrap_or(&repository.default_branch);
    let base = commit(repository, version("baseVersion"))?.id.clone();
    let target = commit(repository, version("targetVersion"))?.id.clone();
    let common = repository.merge_bases(&base, &target).first().map(|one| one.id.clone());
    let from_common = query("diffCommonCommit").is_some_and(|text| text == "true");
    let from = common.clone().filter(|_| from_common).unwrap_or_else(|| base.clone());
    let changes = changes(turn, repository, &from, &target);
    let number = |name: &str, default| {
        query(name).and_then(|text| text.parse::<usize>().ok()).unwrap_or(default)
    };
    let (skip, top) = (number("$skip", 0), number("$top", TOP));
    let all = skip + top >= changes.len();
    let mut counts = Map::new();
    for change in &changes {
        let word = match change["changeType"].as_str() {
            Some("add") => "Add",
            Some("delete") => "Delete",
            _ => "Edit",
        };
        let so_far = counts.get(word).and_then(Value::as_u64).unwrap_or(0);
        counts.insert(word.to_owned(), json!(so_far + 1));
    }
    let beyond = |id: &str, other: &str| {
        let known = repository.ancestors(other);
        repository.ancestors(id).difference(&known).count()
    };
    let mut body = json!({
        "changeCounts": counts,
        "changes": changes.into_iter().skip(skip).take(top).collect::<Vec<_>>(),
        "commonCommit": common,
        "baseCommit": base,
        "targetCommit": target,
        "aheadCount": beyond(&target, &base),
        "behindCount": beyond(&base, &target),
    });
    // Said of a whole answer alone.
    if all {
        body["allChangesIncluded"] = json!(true);
    }
    Ok(Answer::devops(200, body))
}

fn changes(turn: &Turn<'_>, repository: &Repository, from: &str, to: &str) -> Vec<Value> {
    let files = repository.differences(from, to);
    let folders: BTreeSet<String> = files
        .iter()
        .flat_map(|(path, ..)| {
            path.match_indices('/').filter(|(at, _)| *at > 0).map(|(at, _)| path[..at].to_owned())
        })
        .collect();
    let item = |path: &str, kind: &str, id: Option<&String>, before: Option<&String>| {
        let mut item = json!({
            "gitObjectType": kind,
            "commitId": to,
            "path": path,
            "url": address(turn, repository, &format!("items{path}?version={to}")),
        });
        if kind == "tree" {
            item["isFolder"] = json!(true);
        }
        if let Some(id) = id {
            item["objectId"] = json!(id);
        }
        if let Some(before) = before {
            item["originalObjectId"] = json!(before);
        }
        item
    };
    let folders = folders
        .iter()
        .map(|path| json!({"item": item(path, "tree", None, None), "changeType": "edit"}));
    let files = files.iter().map(|(path, was, is)| {
        let word = match (was, is) {
            (None, _) => "add",
            (_, None) => "delete",
            _ => "edit",
        };
        json!({"item": item(path, "blob", is.as_ref(), was.as_ref()), "changeType": word})
    });
    let mut all: Vec<Value> = folders.chain(files).collect();
    all.sort_by_key(|change| change["item"]["path"].to_string());
    all
}

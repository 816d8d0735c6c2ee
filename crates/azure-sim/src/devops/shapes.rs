//! The shapes that all of Azure DevOps shares: lists, people, links, projects. They must not know
//! what is listed.

use crate::http::{Answer, devops_error};
use crate::turn::Turn;
use serde_json::{Value, json};

/// Who did everything here.
const PERSON: &str = "3f2a0000-0000-4000-8000-00000000000a";

/// A refusal for what is not there.
pub fn not_found(type_key: &str, message: String) -> Answer {
    devops_error(404, type_key, message)
}

/// A refusal of what was sent.
pub fn invalid(message: impl Into<String>) -> Answer {
    devops_error(400, "InvalidRequestException", message)
}

/// `{count, value}`, cut at `$top`, with a continuation token if something is left. Each item
/// comes with the number that a token names.
pub fn page(turn: &Turn<'_>, items: Vec<(u64, Value)>, default_top: usize) -> Answer {
    let token = turn.request.query("continuationToken").and_then(|text| text.parse::<u64>().ok());
    let from = token.and_then(|token| items.iter().position(|(id, _)| *id == token)).unwrap_or(0);
    let top = turn.request.query("$top").and_then(|text| text.parse().ok()).unwrap_or(default_top);
    let next = items.get(from.saturating_add(top)).map(|(id, _)| id.to_string());
    let value: Vec<Value> = items.into_iter().skip(from).take(top).map(|(_, item)| item).collect();
    let answer = Answer::devops(200, json!({"count": value.len(), "value": value}));
    match next {
        Some(next) => answer.with_header("x-ms-continuationtoken", next),
        None => answer,
    }
}

/// A person.
pub fn person(turn: &Turn<'_>) -> Value {
    let base = turn.request.base();
    json!({
        "displayName": "Release Person",
        "url": format!("{base}/_apis/Identities/{PERSON}"),
        "id": PERSON,
        "uniqueName": "release@example.com",
        "imageUrl": format!("{base}/_apis/GraphProfile/MemberAvatars/aad.EXAMPLE"),
        "descriptor": "aad.EXAMPLE",
    })
}

/// The project.
pub fn project(turn: &Turn<'_>) -> Value {
    let devops = &turn.world.devops;
    json!({
        "id": devops.project_id,
        "name": devops.project,
        "url": format!(
            "{}/{}/_apis/projects/{}",
            turn.request.base(), devops.organization, devops.project_id
        ),
        "state": "wellFormed",
        "revision": 11,
        // A word that the spec lacks and the wire has.
        "visibility": "organization",
    })
}

/// The project as releases name it.
pub fn project_reference(turn: &Turn<'_>) -> Value {
    json!({"id": turn.world.devops.project_id, "name": turn.world.devops.project})
}

/// A URL below the project's API.
pub fn api(turn: &Turn<'_>, rest: &str) -> String {
    let devops = &turn.world.devops;
    let base = turn.request.base();
    format!("{base}/{}/{}/_apis/{rest}", devops.organization, devops.project_id)
}

/// A URL of the project's web pages.
pub fn web(turn: &Turn<'_>, rest: &str) -> String {
    let devops = &turn.world.devops;
    let base = turn.request.base();
    format!("{base}/{}/{}/{rest}", devops.organization, devops.project_id)
}

/// A branch as the wire has it.
pub fn git_ref(branch: &str) -> String {
    format!("refs/heads/{branch}")
}

/// Says whether a comma-separated filter lets a word through; no filter, or `all`, lets all.
pub fn lets_through(filter: Option<&str>, word: &str) -> bool {
    filter.is_none_or(|filter| {
        filter
            .split(',')
            .map(str::trim)
            .any(|one| one.eq_ignore_ascii_case(word) || one.eq_ignore_ascii_case("all"))
    })
}

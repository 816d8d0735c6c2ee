//! D11, D13: releases by filters, and one release. They must not change anything.

use super::body;
use super::definitions::source_id;
use crate::devops::shapes::{not_found, page};
use crate::http::Answer;
use crate::turn::Turn;
use crate::world::Release;

/// How many releases a list has if the caller says nothing.
const TOP: usize = 50;

/// Lists those that all filters let through, newest first; stages and artifacts only if asked for.
pub fn list(turn: &Turn<'_>) -> Answer {
    let expand = turn.request.query("$expand").unwrap_or_default().to_lowercase();
    let mut found: Vec<&Release> =
        turn.world.devops.releases.iter().filter(|release| fits(turn, release)).collect();
    found.sort_by_key(|release| release.id);
    if turn.request.query("queryOrder") != Some("ascending") {
        found.reverse();
    }
    let (stages, artifacts) = (expand.contains("environments"), expand.contains("artifacts"));
    let bodies = found
        .into_iter()
        .map(|release| (release.id, body::release(turn, release, stages, artifacts)));
    page(turn, bodies.collect(), TOP)
}

fn fits(turn: &Turn<'_>, release: &Release) -> bool {
    let query = |name: &str| turn.request.query(name);
    let definition = turn.world.devops.release_definition(release.definition);
    query("definitionId").is_none_or(|id| id == release.definition.to_string())
        && query("artifactVersionId").is_none_or(|id| id == release.build.to_string())
        && query("sourceId")
            .is_none_or(|id| definition.is_some_and(|known| source_id(turn, known) == id))
        && query("searchText")
            .is_none_or(|text| release.name.to_lowercase().contains(&text.to_lowercase()))
        && query("releaseIdFilter")
            .is_none_or(|ids| ids.split(',').any(|id| id == release.id.to_string()))
        && query("definitionEnvironmentId").is_none_or(|id| {
            release.stages.iter().any(|stage| stage.definition_stage.to_string() == id)
        })
}

/// A release by the number in a path.
pub fn find<'w>(turn: &'w Turn<'_>, id: &str) -> Result<&'w Release, Answer> {
    let found = id.parse().ok().and_then(|id| turn.world.devops.release(id));
    found.ok_or_else(|| {
        let message = format!("VS402918: Release with ID {id} does not exist.");
        not_found("ReleaseNotFoundException", message)
    })
}

/// Reads one, whole.
pub fn get(turn: &Turn<'_>, id: &str) -> Result<Answer, Answer> {
    let release = find(turn, id)?;
    Ok(Answer::devops(200, body::release(turn, release, true, true)))
}

//! D1, as far as it is read: build definitions by name and by number. They must not know builds.

use super::shapes::{api, not_found, page, person, project, web};
use crate::http::Answer;
use crate::turn::Turn;
use crate::world::BuildDefinition;
use serde_json::{Value, json};

/// How many definitions a list has if the caller says nothing.
const TOP: usize = 10_000;

/// A reference to a definition, as builds carry it.
pub fn reference(turn: &Turn<'_>, definition: &BuildDefinition) -> Value {
    json!({
        "drafts": [],
        "id": definition.id,
        "name": definition.name,
        "url": api(turn, &format!("build/Definitions/{}?revision=2", definition.id)),
        "uri": format!("vstfs:///Build/Definition/{}", definition.id),
        "path": "\\",
        "type": "build",
        "queueStatus": "enabled",
        "revision": 2,
        "project": project(turn),
    })
}

fn body(turn: &Turn<'_>, definition: &BuildDefinition) -> Value {
    let mut body = reference(turn, definition);
    body["_links"] = json!({
        "self": {"href": api(turn, &format!("build/Definitions/{}?revision=2", definition.id))},
        "web": {"href": web(turn, &format!("_build/definition?definitionId={}", definition.id))},
    });
    body["quality"] = json!("definition");
    body["authoredBy"] = person(turn);
    body
}

/// Lists them; `name` may end in a star.
pub fn list(turn: &Turn<'_>) -> Answer {
    let name = turn.request.query("name");
    let fits = |definition: &&BuildDefinition| match name {
        None => true,
        Some(name) => match name.strip_suffix('*') {
            Some(start) => definition.name.to_lowercase().starts_with(&start.to_lowercase()),
            None => definition.name.eq_ignore_ascii_case(name),
        },
    };
    let all = turn.world.devops.build_definitions.iter().filter(fits);
    let items = all.map(|definition| (definition.id, body(turn, definition))).collect();
    page(turn, items, TOP)
}

/// Reads one.
pub fn get(turn: &Turn<'_>, id: &str) -> Result<Answer, Answer> {
    let mut all = turn.world.devops.build_definitions.iter();
    match all.find(|definition| definition.id.to_string() == id) {
        Some(definition) => Ok(Answer::devops(200, body(turn, definition))),
        None => {
            let message = format!("VS800075: Build pipeline {id} was not found.");
            Err(not_found("DefinitionNotFoundException", message))
        }
    }
}

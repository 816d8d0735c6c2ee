//! D1, D3: build definitions by name and by number, and their revisions. They must not know builds.

use crate::clock::iso_millis;
use crate::devops::shapes::{api, not_found, page, person, project, web};
use crate::http::Answer;
use crate::ids::named;
use crate::turn::Turn;
use crate::world::{BuildDefinition, Variable};
use serde_json::{Map, Value, json};

/// How many definitions a list has if the caller says nothing.
const TOP: usize = 10_000;

/// A reference to a definition, as builds carry it.
pub fn reference(turn: &Turn<'_>, definition: &BuildDefinition) -> Value {
    let own = own(definition);
    json!({
        "drafts": [],
        "id": definition.id,
        "name": definition.name,
        "url": api(turn, &own),
        "uri": format!("vstfs:///Build/Definition/{}", definition.id),
        "path": "\\",
        "type": "build",
        "queueStatus": "enabled",
        "revision": definition.revision,
        "project": project(turn),
    })
}

fn own(definition: &BuildDefinition) -> String {
    format!("build/Definitions/{}?revision={}", definition.id, definition.revision)
}

fn body(turn: &Turn<'_>, definition: &BuildDefinition) -> Value {
    let mut body = reference(turn, definition);
    body["_links"] = json!({
        "self": {"href": api(turn, &own(definition))},
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

/// A definition by the number in a path.
pub fn find<'w>(turn: &'w Turn<'_>, id: &str) -> Result<&'w BuildDefinition, Answer> {
    let found = id.parse().ok().and_then(|id| turn.world.devops.build_definition(id));
    found.ok_or_else(|| {
        let message = format!("VS800075: Build pipeline {id} was not found.");
        not_found("DefinitionNotFoundException", message)
    })
}

/// Reads one, whole.
pub fn get(turn: &Turn<'_>, id: &str) -> Result<Answer, Answer> {
    Ok(Answer::devops(200, whole(turn, find(turn, id)?)))
}

/// A definition with everything that a list leaves out.
pub fn whole(turn: &Turn<'_>, definition: &BuildDefinition) -> Value {
    let mut body = body(turn, definition);
    let repository = turn.world.devops.repositories.first();
    body["triggers"] = json!([{
        "branchFilters": definition.builds_branches.iter().map(|branch| format!("+{branch}"))
            .collect::<Vec<_>>(),
        "pathFilters": [],
        "settingsSourceType": 2,
        "batchChanges": false,
        "maxConcurrentBuildsPerBranch": 1,
        "triggerType": "continuousIntegration",
    }]);
    body["variables"] = definition
        .variables
        .iter()
        .map(|(name, variable)| (name.clone(), one_variable(variable)))
        .collect::<Map<_, _>>()
        .into();
    body["properties"] = json!({});
    body["tags"] = json!([]);
    body["description"] = json!("the whole product");
    body["jobAuthorizationScope"] = json!("projectCollection");
    body["process"] = json!({"yamlFilename": "azure-pipelines.yml", "type": 2});
    body["repository"] = json!({
        "id": repository.map_or_else(|| named("repository").to_string(), |one| one.id.clone()),
        "type": "TfsGit",
        "name": repository.map_or("app", |one| one.name.as_str()),
        "url": web(turn, "_git/app"),
        "defaultBranch": "refs/heads/main",
        "clean": null,
        "checkoutSubmodules": false,
    });
    body["queue"] = json!({
        "_links": {"self": {"href": format!("{}/_apis/build/Queues/20767", turn.request.base())}},
        "id": 20_767,
        "name": "Azure Pipelines",
        "url": format!("{}/_apis/build/Queues/20767", turn.request.base()),
        "pool": {"id": 9, "name": "Azure Pipelines", "isHosted": true},
    });
    body["createdDate"] = json!("2025-01-10T12:22:43.96Z");
    body
}

/// A secret comes without its value, and what is false is not said.
fn one_variable(variable: &Variable) -> Value {
    let mut body = json!({"value": variable.value});
    if variable.allow_override {
        body["allowOverride"] = json!(true);
    }
    if variable.is_secret {
        body["value"] = Value::Null;
        body["isSecret"] = json!(true);
    }
    body
}

/// D3: what was written when, by whom.
pub fn revisions(turn: &Turn<'_>, id: &str) -> Result<Answer, Answer> {
    let definition = find(turn, id)?;
    let rows: Vec<Value> = definition
        .revisions
        .iter()
        .map(|one| {
            json!({
                "revision": one.revision,
                "name": definition.name,
                "changedBy": person(turn),
                "changedDate": iso_millis(one.at),
                "changeType": "update",
                "comment": one.comment,
                "definitionUrl": api(
                    turn,
                    &format!("build/Definitions/{}?revision={}", definition.id, one.revision)
                ),
            })
        })
        .collect();
    Ok(Answer::devops(200, json!({"count": rows.len(), "value": rows})))
}

//! D2: a build definition, written whole by whoever read its newest revision. It must not know
//! what its variables mean.

use super::definitions::{find, whole};
use crate::devops::shapes::{invalid, not_found};
use crate::http::{Answer, devops_error};
use crate::ledger::{Effect, detail};
use crate::turn::Turn;
use crate::world::{BuildDefinition, DefinitionRevision, Variable};
use indexmap::IndexMap;
use serde_json::{Value, json};

/// Replaces a definition.
pub fn put(turn: &mut Turn<'_>, id: &str) -> Result<Answer, Answer> {
    let known = find(turn, id)?.clone();
    let Some(body) = turn.request.json() else {
        return Err(invalid("The request has no body."));
    };
    let named = body["id"].as_u64().unwrap_or_default();
    if named != known.id {
        return Err(invalid(format!(
            "The request specifies pipeline ID {id}, but the supplied pipeline has ID {named}."
        )));
    }
    match body["revision"].as_u64() {
        Some(revision) if revision == known.revision => {}
        // What is said of an old revision is documented nowhere; of one to come, this was reported.
        Some(revision) if revision > known.revision => {
            let message = format!("Build pipeline {id} was not found.");
            return Err(not_found("DefinitionNotFoundException", message));
        }
        _ => {
            let message = format!(
                "The pipeline {} has been updated since you read it. Refresh and try again.",
                known.name
            );
            return Err(devops_error(409, "DefinitionConflictException", message));
        }
    }
    let variables = variables(&known, &body["variables"])?;
    let changed: Vec<&String> = variables
        .iter()
        .filter(|(name, variable)| known.variables.get(*name) != Some(variable))
        .map(|(name, _)| name)
        .collect();
    let values = variables.iter().filter(|(_, variable)| !variable.is_secret);
    let values: IndexMap<&String, &String> =
        values.map(|(name, variable)| (name, &variable.value)).collect();
    let revision = known.revision + 1;
    let detail = detail([
        ("definition", json!(known.id)),
        ("revision", json!(revision)),
        ("changed", json!(changed)),
        ("variables", json!(values)),
    ]);
    let at = turn.now;
    let comment = body["comment"].as_str().unwrap_or_default().to_owned();
    if let Some(definition) = turn.world.devops.build_definition_mut(known.id) {
        definition.revision = revision;
        definition.variables = variables.clone();
        definition.revisions.push(DefinitionRevision { revision, comment, at });
    }
    turn.record(Effect::BuildVariablesSet, known.name, detail);
    Ok(Answer::devops(200, whole(turn, find(turn, id)?)))
}

/// The variables as they are sent; a secret that comes without a value keeps its own.
fn variables(known: &BuildDefinition, sent: &Value) -> Result<IndexMap<String, Variable>, Answer> {
    let sent = sent.as_object().cloned().unwrap_or_default();
    let one = |(name, body): (String, Value)| {
        let is_secret = body["isSecret"].as_bool().unwrap_or(false);
        let before = known.variables.get(&name).filter(|variable| variable.is_secret && is_secret);
        let value = match (body["value"].as_str(), before) {
            (Some(value), _) => value.to_owned(),
            (None, Some(variable)) => variable.value.clone(),
            (None, None) if body["value"].is_null() => String::new(),
            (None, None) => return Err(invalid(format!("The variable {name} has no text."))),
        };
        let allow_override = body["allowOverride"].as_bool().unwrap_or(false);
        Ok((name, Variable { value, is_secret, allow_override }))
    };
    sent.into_iter().map(one).collect()
}

//! S10: another name for a database, which keeps its id, its rules and its content. It must not
//! touch who is connected.

use super::address::{database_not_found, server};
use crate::arm::ArmPath;
use crate::http::{Answer, arm_error};
use crate::ledger::{Effect, detail};
use crate::turn::Turn;
use crate::world::DatabaseStatus;
use serde_json::json;

/// Renames a database. No recording shows what a taken name gives; it is refused here.
pub fn rename(turn: &mut Turn<'_>, path: &ArmPath) -> Result<Answer, Answer> {
    let held = server(turn, path)?;
    let (server, old) = (held.name.clone(), path.name(3));
    let body = turn.request.json().unwrap_or_default();
    let id = body["id"].as_str().unwrap_or_default();
    let parts: Vec<&str> = id.split('/').filter(|part| !part.is_empty()).collect();
    let new = match parts[..] {
        [_, _, _, _, _, _, _, there, _, new] if there.eq_ignore_ascii_case(&server) => new,
        _ => {
            let message = format!("The resource move target '{id}' is not valid.");
            return Err(arm_error(400, "InvalidResourceMoveTarget", message));
        }
    };
    let new = new.to_owned();
    let Some(database) = held.database(old) else { return Err(database_not_found(held, old)) };
    if held.database(&new).is_some() {
        let message = format!("A database with the name '{new}' already exists.");
        return Err(arm_error(409, "DatabaseAlreadyExists", message));
    }
    let busy = turn.world.operations.iter().any(|operation| {
        operation.is_running() && operation.server == server && operation.database == database.name
    });
    if busy || database.status != DatabaseStatus::Online {
        let message = format!("The database '{old}' is busy with another operation.");
        return Err(arm_error(409, "ConflictingDatabaseOperation", message));
    }
    let (old, database_id) = (database.name.clone(), database.database_id.clone());
    if let Some(held) = turn.world.server_mut(&server) {
        if let Some(database) = held.database_mut(&old) {
            database.name.clone_from(&new);
        }
        held.dropped.push(old.clone());
    }
    let detail = detail([
        ("database", json!(new)),
        ("before", json!(old)),
        ("database_id", json!(database_id)),
    ]);
    turn.record(Effect::DatabaseRenamed, format!("{server}/{new}"), detail);
    Ok(Answer::empty(200))
}

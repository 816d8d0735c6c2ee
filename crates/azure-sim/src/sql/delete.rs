//! S6: a drop. 202 while the database is there, 204 for ever after; a copy into it is cancelled.

use super::address::server;
use super::lro::{accepted, begin};
use crate::arm::ArmPath;
use crate::http::Answer;
use crate::ledger::{Effect, detail};
use crate::turn::Turn;
use crate::world::{OperationKind, OperationState};
use serde_json::json;

/// Deletes a database. A second request while the first runs joins it.
pub fn delete(turn: &mut Turn<'_>, path: &ArmPath) -> Result<Answer, Answer> {
    let held = server(turn, path)?;
    let server = held.name.clone();
    let Some(database) = held.database(path.name(3)) else { return Ok(Answer::empty(204)) };
    let name = database.name.clone();
    let running = turn.world.operations.iter().find(|operation| {
        operation.is_running()
            && operation.server == server
            && operation.database == name
            && operation.kind == OperationKind::DropLogicalDatabase
    });
    if let Some(running) = running.cloned() {
        return Ok(accepted(turn, &running));
    }
    cancel_copy(turn, &server, &name);
    let length = turn.world.timing.delete_s;
    let operation = begin(turn, &server, &name, OperationKind::DropLogicalDatabase, length);
    turn.world.operations.push(operation.clone());
    Ok(accepted(turn, &operation))
}

fn cancel_copy(turn: &mut Turn<'_>, server: &str, name: &str) {
    let now = turn.now;
    let copy = turn.world.operations.iter_mut().find(|operation| {
        operation.is_running()
            && operation.server == server
            && operation.database == name
            && matches!(
                operation.kind,
                OperationKind::CreateDatabaseAsCopy | OperationKind::CreateRestoreRequest
            )
    });
    let Some(copy) = copy else { return };
    copy.state = OperationState::Cancelled;
    copy.ends = now;
    if copy.copying.take().is_some() {
        let detail = detail([("database", json!(name)), ("operation", json!(copy.id))]);
        turn.record(Effect::DatabaseCopyCancelled, format!("{server}/{name}"), detail);
    }
}

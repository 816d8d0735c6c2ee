//! The poll URLs of long operations, which are in no spec. They must not know how one was started.

use super::address::not_found_by_sql;
use super::get;
use super::lro::poll_urls;
use crate::arm::ArmPath;
use crate::clock::iso_millis;
use crate::http::Answer;
use crate::turn::Turn;
use crate::world::{OperationKind, OperationState, SqlOperation};
use serde_json::json;

fn find<'w>(turn: &'w Turn<'_>, path: &ArmPath) -> Result<&'w SqlOperation, Answer> {
    let id = path.name(3);
    let found = turn.world.operations.iter().find(|operation| operation.id == id);
    found.ok_or_else(|| not_found_by_sql("Microsoft.Sql/locations/databaseOperationResults", id))
}

/// `Azure-AsyncOperation`: always 200 with a state.
pub fn status(turn: &Turn<'_>, path: &ArmPath) -> Result<Answer, Answer> {
    let operation = find(turn, path)?;
    let status = match operation.state {
        OperationState::InProgress => "InProgress",
        OperationState::Succeeded => "Succeeded",
        OperationState::Failed => "Failed",
        OperationState::Cancelled => "Canceled",
    };
    let mut body = json!({
        "name": operation.id,
        "status": status,
        "startTime": iso_millis(operation.started),
    });
    match (operation.state, &operation.failure) {
        (OperationState::Failed, Some(failure)) => {
            body["error"] = json!({"code": failure.code, "message": failure.message});
        }
        (OperationState::Cancelled, _) => {
            let message = "The operation was cancelled, since its database is being deleted.";
            body["error"] = json!({"code": "OperationCancelled", "message": message});
        }
        _ => {}
    }
    Ok(Answer::json(200, body))
}

/// `Location`: 202 while it runs, then the result.
pub fn result(turn: &Turn<'_>, path: &ArmPath) -> Result<Answer, Answer> {
    let operation = find(turn, path)?;
    match operation.state {
        OperationState::InProgress => {
            let (_, location) = poll_urls(turn, operation);
            Ok(Answer::empty(202).with_header("location", location))
        }
        OperationState::Failed | OperationState::Cancelled => status(turn, path),
        OperationState::Succeeded if operation.kind == OperationKind::DropLogicalDatabase => {
            Ok(Answer::empty(200))
        }
        OperationState::Succeeded => {
            let server = turn.world.server(&operation.server);
            let database = server.and_then(|server| server.database(&operation.database));
            match (server, database) {
                (Some(server), Some(database)) => {
                    Ok(Answer::json(200, get::body(turn, server, database)))
                }
                _ => Ok(Answer::empty(200)),
            }
        }
    }
}

//! The poll URLs of long operations, which are in no spec. They must not know how one was started.

use super::address::not_found_by_sql;
use super::get;
use super::lro::poll_urls;
use crate::arm::ArmPath;
use crate::clock::{earlier, iso_millis};
use crate::http::{Answer, arm_error};
use crate::turn::Turn;
use crate::world::{OperationKind, OperationState, SqlOperation};
use jiff::Timestamp;
use serde_json::json;

fn find<'w>(turn: &'w Turn<'_>, path: &ArmPath) -> Result<&'w SqlOperation, Answer> {
    let id = path.name(3);
    let is_transfer = path.lower.get(2).is_some_and(|kind| kind.starts_with("importexport"));
    let found = turn.world.operations.iter().find(|operation| match is_transfer {
        true => format!("{}-{}", operation.id, operation.server) == id,
        false => operation.id == id && !operation.kind.is_transfer(),
    });
    found.ok_or_else(|| match is_transfer {
        true => {
            let message = format!("The operation with Id '{id}' was not found.");
            arm_error(404, "ImportExportOperationIdNotFound", message)
        }
        false => not_found_by_sql("Microsoft.Sql/locations/databaseOperationResults", id),
    })
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
        "startTime": match operation.kind.is_transfer() {
            true => moving_start(turn, operation),
            false => iso_millis(operation.started),
        },
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

/// The time that an import or export calls its start: it moves about once a minute.
fn moving_start(turn: &Turn<'_>, operation: &SqlOperation) -> String {
    let shown = match operation.is_running() {
        true => {
            let minutes = turn.now.duration_since(operation.started).as_secs() / 60;
            earlier(operation.started, -60 * minutes)
        }
        false => operation.ends,
    };
    shown.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Month first, half a day, UTC: `2/25/2023 12:52:16 AM`.
fn american(at: Timestamp) -> String {
    at.strftime("%-m/%-d/%Y %-I:%M:%S %p").to_string()
}

/// What an import or export says when it is over.
fn transfer_result(operation: &SqlOperation) -> Answer {
    let word = if operation.kind == OperationKind::Export { "Export" } else { "Import" };
    let uri = operation.transfer.as_ref().map(|transfer| transfer.uri.clone());
    Answer::json(
        200,
        json!({
            "properties": {
                "requestId": operation.id,
                "requestType": format!("{word}Database"),
                "queuedTime": american(operation.started),
                "lastModifiedTime": american(operation.ends),
                "blobUri": uri,
                "serverName": operation.server,
                "databaseName": operation.database,
                "status": "Completed",
                "privateEndpointConnections": [],
            },
            "id": operation.id,
            "name": operation.id,
            "type": "Microsoft.Sql/servers/databases/importExportOperationResults",
        }),
    )
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
        OperationState::Succeeded if operation.kind.is_transfer() => Ok(transfer_result(operation)),
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

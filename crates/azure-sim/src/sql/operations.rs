//! S11: the operations on a database, those of the last hours included.

use super::address::{server, server_id};
use crate::arm::ArmPath;
use crate::clock::iso_millis;
use crate::http::Answer;
use crate::turn::Turn;
use crate::world::{OperationState, SqlOperation};
use serde_json::{Value, json};

/// Lists them. A database that is gone has none, and that is no error.
pub fn list(turn: &Turn<'_>, path: &ArmPath) -> Result<Answer, Answer> {
    let server = server(turn, path)?;
    let name = path.name(3);
    let base = server_id(&turn.world.subscription, server);
    let mine = turn.world.operations.iter().filter(|operation| {
        operation.server == server.name
            && !operation.kind.is_transfer()
            && operation.database.eq_ignore_ascii_case(name)
    });
    let value: Vec<Value> = mine.map(|operation| body(turn, &base, operation)).collect();
    Ok(Answer::json(200, json!({"value": value})))
}

fn body(turn: &Turn<'_>, server: &str, operation: &SqlOperation) -> Value {
    let state = match operation.state {
        OperationState::InProgress => "InProgress",
        OperationState::Succeeded => "Succeeded",
        OperationState::Failed => "Failed",
        OperationState::Cancelled => "Cancelled",
    };
    let mut properties = json!({
        "databaseName": operation.database,
        "operation": operation.kind.name(),
        "operationFriendlyName": operation.kind.friendly_name(),
        "percentComplete": percent(turn, operation),
        "serverName": operation.server,
        "startTime": iso_millis(operation.started),
        "state": state,
        "description": format!(
            "'{}' on database '{}'", operation.kind.name(), operation.database
        ),
    });
    if operation.state == OperationState::Failed
        && let Some(failure) = &operation.failure
    {
        properties["errorCode"] = json!(40_544);
        properties["errorDescription"] = json!(format!("{}: {}", failure.code, failure.message));
        properties["isUserError"] = json!(false);
    }
    json!({
        "properties": properties,
        "id": format!("{server}/databases/{}/operations/{}", operation.database, operation.id),
        "name": operation.id,
        "type": "Microsoft.Sql/servers/databases/operations",
    })
}

fn percent(turn: &Turn<'_>, operation: &SqlOperation) -> i64 {
    if operation.state == OperationState::Succeeded {
        return 100;
    }
    let whole = operation.ends.duration_since(operation.started).as_secs_f64();
    let passed = turn.now.duration_since(operation.started).as_secs_f64();
    // 99 is the most that something unfinished shows; the cast cannot leave that range.
    let share = if whole > 0.0 { (passed / whole * 100.0).clamp(0.0, 99.0) } else { 0.0 };
    share as i64
}

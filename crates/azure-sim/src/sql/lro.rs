//! How a long operation is accepted: its 202, its two poll URLs. It must not know what it does.

use crate::clock::{iso_millis, later};
use crate::http::Answer;
use crate::turn::Turn;
use crate::world::{OperationKind, OperationState, SqlOperation};
use serde_json::json;

/// The poll URLs of an operation: `Azure-AsyncOperation` and `Location`.
pub fn poll_urls(turn: &Turn<'_>, operation: &SqlOperation) -> (String, String) {
    let version = turn.request.query("api-version").unwrap_or("2021-11-01");
    let location = turn.world.server(&operation.server).map(|server| server.location.clone());
    if operation.kind.is_transfer() {
        return transfer_urls(turn, operation, version, location.as_deref().unwrap_or_default());
    }
    let url = |kind: &str| {
        format!(
            "{}/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Sql/locations/{}/{kind}/{}\
             ?api-version={version}",
            turn.request.base(),
            turn.world.subscription,
            operation.group,
            location.as_deref().unwrap_or_default(),
            operation.id,
        )
    };
    (url("databaseAzureAsyncOperation"), url("databaseOperationResults"))
}

/// Imports and exports hang on the subscription, and name their server in their id.
fn transfer_urls(
    turn: &Turn<'_>,
    operation: &SqlOperation,
    version: &str,
    location: &str,
) -> (String, String) {
    let url = |kind: &str| {
        format!(
            "{}/subscriptions/{}/providers/Microsoft.Sql/locations/{location}/{kind}/{}-{}\
             ?api-version={version}",
            turn.request.base(),
            turn.world.subscription,
            operation.id,
            operation.server,
        )
    };
    (url("importExportAzureAsyncOperation"), url("importExportOperationResults"))
}

/// The 202 of an operation.
pub fn accepted(turn: &Turn<'_>, operation: &SqlOperation) -> Answer {
    let (asynchronous, result) = poll_urls(turn, operation);
    let body = json!({
        "operation": operation.kind.name(),
        "startTime": iso_millis(operation.started),
    });
    Answer::json(202, body)
        .with_header("azure-asyncoperation", asynchronous)
        .with_header("location", result)
}

/// An operation that begins now; it is not in the world yet.
pub fn begin(
    turn: &mut Turn<'_>,
    server: &str,
    name: &str,
    kind: OperationKind,
    length: f64,
) -> SqlOperation {
    let group = turn.world.server(server).map(|server| server.group.clone()).unwrap_or_default();
    SqlOperation {
        id: turn.world.ids.fresh().to_string(),
        group,
        server: server.to_owned(),
        database: name.to_owned(),
        kind,
        started: turn.now,
        ends: later(turn.now, length),
        state: OperationState::InProgress,
        failure: turn.twist.failure.clone(),
        request_id: turn.request.request_id(),
        copying: None,
        transfer: None,
    }
}

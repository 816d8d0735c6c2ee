//! How a long operation is accepted: its 202, its two poll URLs. It must not know what it does.

use crate::clock::iso_millis;
use crate::http::Answer;
use crate::turn::Turn;
use crate::world::SqlOperation;
use serde_json::json;

/// The poll URLs of an operation: `Azure-AsyncOperation` and `Location`.
pub fn poll_urls(turn: &Turn<'_>, operation: &SqlOperation) -> (String, String) {
    let version = turn.request.query("api-version").unwrap_or("2021-11-01");
    let location = turn.world.server(&operation.server).map(|server| server.location.clone());
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

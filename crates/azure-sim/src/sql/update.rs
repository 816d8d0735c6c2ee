//! The change of a database's size: requested at once, current when the operation ends. It must not
//! make databases.

use super::address::{database_not_found, server};
use super::copy::resized;
use super::lro::{accepted, begin};
use crate::arm::ArmPath;
use crate::http::{Answer, arm_error};
use crate::turn::Turn;
use crate::world::{DatabaseStatus, OperationKind};
use serde_json::Value;

/// Changes a database.
pub fn patch(turn: &mut Turn<'_>, path: &ArmPath) -> Result<Answer, Answer> {
    let held = server(turn, path)?;
    let server = held.name.clone();
    let Some(database) = held.database(path.name(3)) else {
        return Err(database_not_found(held, path.name(3)));
    };
    let (name, old) = (database.name.clone(), database.sku.clone());
    let busy = turn.world.operations.iter().any(|operation| {
        operation.is_running() && operation.server == server && operation.database == name
    });
    if busy || database.status != DatabaseStatus::Online {
        let message = format!(
            "Request to update database '{name}' conflicts with another operation in progress."
        );
        return Err(arm_error(409, "ConflictingDatabaseOperation", message));
    }
    let body = turn.request.json().unwrap_or_default();
    let given = body["sku"]["name"].as_str();
    if let Some(wanted) = given.filter(|name| old.resized(name).is_none() && *name != old.name) {
        let message = format!("The value '{wanted}' for the property 'sku' is not valid.");
        return Err(arm_error(400, "InvalidSku", message));
    }
    let length = turn.world.timing.update_s;
    let operation = begin(turn, &server, &name, OperationKind::UpdateLogicalDatabase, length);
    turn.world.operations.push(operation.clone());
    let held = turn.world.server_mut(&server).and_then(|server| server.database_mut(&name));
    if let Some(database) = held {
        let sku = Some(&body["sku"]).filter(|sku: &&Value| sku.is_object());
        database.requested = Some(resized(&old, sku));
    }
    Ok(accepted(turn, &operation))
}

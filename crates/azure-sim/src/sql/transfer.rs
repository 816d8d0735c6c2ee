//! S7, S9: operations that write a database into a file, or make one from a file. Wrong keys,
//! closed firewalls and taken names show when it works, not in the answer. It must not write files.

use super::address::{database_not_found, server};
use super::lro::{accepted, begin};
use crate::arm::ArmPath;
use crate::bacpac::{self, Content};
use crate::http::{Answer, arm_error};
use crate::ledger::{Effect, detail};
use crate::long_work::look_at_both_ends;
use crate::turn::Turn;
use crate::world::{
    Copying, Database, DatabaseStatus, Fit, OperationFailure, OperationKind, Sku, Transfer, World,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// Begins to write a database into a file.
pub fn export(turn: &mut Turn<'_>, path: &ArmPath) -> Result<Answer, Answer> {
    let held = server(turn, path)?;
    let server = held.name.clone();
    let Some(database) = held.database(path.name(3)) else {
        return Err(database_not_found(held, path.name(3)));
    };
    let name = database.name.clone();
    let transfer = parse(&turn.request.json().unwrap_or_default())?;
    refuse_second(turn.world, &server, &name)?;
    let length = turn.world.timing.export_s * turn.twist.copy_factor;
    let mut operation = begin(turn, &server, &name, OperationKind::Export, length);
    let detail = detail([
        ("database", json!(name)),
        ("blob", json!(transfer.uri)),
        ("operation", json!(operation.id)),
    ]);
    operation.transfer = Some(transfer);
    turn.world.operations.push(operation.clone());
    turn.record(Effect::DatabaseExportStarted, format!("{server}/{name}"), detail);
    Ok(accepted(turn, &operation))
}

/// Begins to make a database from a file.
pub fn import(turn: &mut Turn<'_>, path: &ArmPath) -> Result<Answer, Answer> {
    let held = server(turn, path)?;
    let server = held.name.clone();
    let body = turn.request.json().unwrap_or_default();
    let Some(name) = body["databaseName"].as_str().map(str::to_owned) else {
        return Err(missing("databaseName"));
    };
    if held.database(&name).is_some() {
        let message = format!("A database with the name '{name}' already exists.");
        return Err(arm_error(400, "InvalidImportExportParameter", message));
    }
    let transfer = parse(&body)?;
    let (content, failure) = match read(turn.world, &server, &transfer) {
        Ok(content) => (content, turn.twist.failure.clone()),
        Err(failure) => (Content { of: name.clone(), fit: Fit::default() }, Some(failure)),
    };
    let length = turn.world.timing.import_s * turn.twist.copy_factor;
    let mut operation = begin(turn, &server, &name, OperationKind::Import, length);
    operation.failure = failure;
    operation.copying = Some(Copying { source: transfer.uri.clone(), online_at: operation.ends });
    operation.transfer = Some(transfer);
    let objective = body["serviceObjectiveName"].as_str();
    let sku = Sku::default();
    let database = Database {
        name: name.clone(),
        database_id: turn.world.ids.fresh().to_string(),
        status: DatabaseStatus::Creating,
        created: None,
        sku: objective.and_then(|objective| sku.resized(objective)).unwrap_or(sku),
        requested: None,
        tags: None,
        copy_s: turn.world.timing.copy_s,
        content_of: content.of,
        fit: content.fit,
    };
    let detail = detail([
        ("database", json!(name)),
        ("database_id", json!(database.database_id)),
        ("operation", json!(operation.id)),
    ]);
    if let Some(held) = turn.world.server_mut(&server) {
        held.databases.push(database);
    }
    turn.world.operations.push(operation.clone());
    turn.record(Effect::DatabaseImportStarted, format!("{server}/{name}"), detail);
    Ok(accepted(turn, &operation))
}

/// One for each database.
fn refuse_second(world: &World, server: &str, name: &str) -> Result<(), Answer> {
    let running = world.operations.iter().any(|operation| {
        operation.is_running()
            && operation.kind.is_transfer()
            && operation.server == server
            && operation.database == name
    });
    if !running {
        return Ok(());
    }
    let message = format!("There is an import or export operation in progress on '{name}'.");
    Err(arm_error(409, "ImportExportOperationInProgress", message))
}

fn read(world: &World, server: &str, transfer: &Transfer) -> Result<Content, OperationFailure> {
    let place = look_at_both_ends(world, server, transfer)?;
    let container = world.account(&place.account).and_then(|a| a.container(&place.container));
    let blob = container.and_then(|container| container.blob(&place.blob));
    let bytes = blob.and_then(|blob| STANDARD.decode(&blob.content).ok());
    bytes.as_deref().and_then(bacpac::read).ok_or_else(|| OperationFailure {
        code: "ImportExportJobError".into(),
        message: format!("The blob '{}' is not there, or is no bacpac.", place.blob),
    })
}

fn missing(key: &str) -> Answer {
    let message = format!("The import or export request lacks '{key}'.");
    arm_error(400, "MissingImportExportInputParameters", message)
}

fn parse(body: &Value) -> Result<Transfer, Answer> {
    let text = |key: &str| body[key].as_str().map(str::to_owned).ok_or_else(|| missing(key));
    Ok(Transfer {
        uri: text("storageUri")?,
        key_type: text("storageKeyType")?,
        key: text("storageKey")?,
        login: text("administratorLogin")?,
        password: text("administratorLoginPassword")?,
    })
}

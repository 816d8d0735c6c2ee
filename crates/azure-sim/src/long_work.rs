//! What becomes of long operations on databases when their time has come: targets come online,
//! files are written, sizes change, databases go. It must not know requests.

use crate::bacpac::{self, Content};
use crate::ids::named;
use crate::ledger::{Change, Effect, detail};
use crate::world::{
    ACCEPTED, Activity, Blob, BlobPlace, DatabaseStatus, OperationFailure, OperationKind,
    OperationState, SqlOperation, Transfer, World,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Value, json};

/// The target of operation `index` comes online.
pub fn online(world: &mut World, index: usize, at: Timestamp) -> Option<Change> {
    let operation = &mut world.operations[index];
    let copying = operation.copying.take()?;
    let effect = match operation.kind {
        OperationKind::CreateRestoreRequest => Effect::DatabaseRestored,
        OperationKind::Import => Effect::DatabaseImported,
        _ => Effect::DatabaseCopied,
    };
    let (server, name) = (operation.server.clone(), operation.database.clone());
    let request_id = operation.request_id.clone();
    let database = world.server_mut(&server)?.database_mut(&name)?;
    database.status = DatabaseStatus::Online;
    database.created = Some(at);
    let detail = detail([
        ("database", json!(name)),
        ("source", json!(copying.source)),
        ("content_of", json!(database.content_of)),
        ("database_id", json!(database.database_id)),
    ]);
    let target = format!("{server}/{name}");
    Some(Change { at, effect, target, request_id, detail })
}

/// Operation `index` ends.
pub fn end(world: &mut World, index: usize, at: Timestamp) -> Option<Change> {
    let operation = world.operations[index].clone();
    let mut failure = operation.failure.clone();
    let mut made = None;
    if operation.kind == OperationKind::Export && failure.is_none() {
        match export(world, &operation, at) {
            Ok(change) => made = Some(change),
            Err(why) => failure = Some(why),
        }
    }
    let held = &mut world.operations[index];
    held.state = match failure {
        Some(_) => OperationState::Failed,
        None => OperationState::Succeeded,
    };
    held.copying = None;
    held.failure.clone_from(&failure);
    log(world, &operation, failure.is_some(), at);
    if made.is_some() {
        return made;
    }
    match (operation.kind, failure) {
        (OperationKind::UpdateLogicalDatabase, failure) => resize(world, &operation, failure, at),
        (OperationKind::Export, Some(failure)) => {
            let lost = [("database", json!(operation.database)), ("code", json!(failure.code))];
            Some(line(&operation, Effect::DatabaseExportFailed, at, &lost))
        }
        (OperationKind::DropLogicalDatabase, None) => {
            gone(world, &operation, Effect::DatabaseDeleted, None, at)
        }
        (OperationKind::CreateDatabaseAsCopy, Some(failure)) => {
            gone(world, &operation, Effect::DatabaseCopyFailed, Some(failure), at)
        }
        (OperationKind::CreateRestoreRequest, Some(failure)) => {
            gone(world, &operation, Effect::DatabaseRestoreFailed, Some(failure), at)
        }
        (OperationKind::Import, Some(failure)) => {
            gone(world, &operation, Effect::DatabaseImportFailed, Some(failure), at)
        }
        _ => None,
    }
}

/// A database is gone, by a drop or since what made it failed.
fn gone(
    world: &mut World,
    operation: &SqlOperation,
    effect: Effect,
    failure: Option<OperationFailure>,
    at: Timestamp,
) -> Option<Change> {
    let name = &operation.database;
    let held = world.server_mut(&operation.server)?;
    let id = held.drop_database(name, at)?.database_id;
    let mut change =
        line(operation, effect, at, &[("database", json!(name)), ("database_id", json!(id))]);
    if let Some(failure) = failure {
        change.detail.insert("code".into(), json!(failure.code));
    }
    Some(change)
}

/// A size is another one, or stays as it was.
fn resize(
    world: &mut World,
    operation: &SqlOperation,
    failure: Option<OperationFailure>,
    at: Timestamp,
) -> Option<Change> {
    let database = world.server_mut(&operation.server)?.database_mut(&operation.database)?;
    let wanted = database.requested.take()?;
    if failure.is_some() || wanted == database.sku {
        return None;
    }
    database.sku = wanted;
    let facts = [
        ("database", json!(operation.database)),
        ("database_id", json!(database.database_id)),
        ("sku", json!(database.sku.objective())),
    ];
    Some(line(operation, Effect::DatabaseUpdated, at, &facts))
}

fn line(
    operation: &SqlOperation,
    effect: Effect,
    at: Timestamp,
    facts: &[(&str, Value)],
) -> Change {
    let facts = facts.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    Change {
        at,
        effect,
        target: format!("{}/{}", operation.server, operation.database),
        request_id: operation.request_id.clone(),
        detail: facts.collect(),
    }
}

fn refusal(message: String) -> OperationFailure {
    OperationFailure { code: "ImportExportJobError".into(), message }
}

/// What an import or export looks at before it works: all that the request itself was not
/// refused for.
pub fn look_at_both_ends(
    world: &World,
    server: &str,
    transfer: &Transfer,
) -> Result<BlobPlace, OperationFailure> {
    let held = world.server(server);
    let held = held.ok_or_else(|| refusal(format!("The server '{server}' is gone.")))?;
    if !held.is_open_to_azure() {
        return Err(refusal(format!(
            "Could not connect to server '{server}'. Make sure that 'Allow Azure services and \
             resources to access this server' is on."
        )));
    }
    if transfer.login != held.admin_login || transfer.password != held.admin_password {
        return Err(refusal(format!("Login failed for user '{}'.", transfer.login)));
    }
    let place = BlobPlace::of_uri(&transfer.uri);
    let place = place.ok_or_else(|| refusal("The storage URI is not valid.".into()))?;
    let account = world.account(&place.account);
    let account = account.ok_or_else(|| refusal("The storage account was not found.".into()))?;
    let admitted = match transfer.key_type.as_str() {
        "StorageAccessKey" => account.keys.contains(&transfer.key),
        _ => account.sas_signature.as_ref().is_some_and(|sig| transfer.key.contains(sig.as_str())),
    };
    if !admitted {
        return Err(refusal("The storage key is not valid.".into()));
    }
    if account.container(&place.container).is_none() {
        return Err(refusal(format!("The container '{}' was not found.", place.container)));
    }
    Ok(place)
}

fn export(
    world: &mut World,
    operation: &SqlOperation,
    at: Timestamp,
) -> Result<Change, OperationFailure> {
    let Some(transfer) = &operation.transfer else {
        return Err(refusal("The export knows no file.".into()));
    };
    let place = look_at_both_ends(world, &operation.server, transfer)?;
    let database = world.server(&operation.server).and_then(|s| s.database(&operation.database));
    let database = database.cloned();
    let database = database.ok_or_else(|| refusal("The database is gone.".into()))?;
    let content = Content { of: database.content_of.clone(), fit: database.fit.clone() };
    let bytes = bacpac::write(&database.name, &content)
        .map_err(|error| refusal(format!("The file cannot be written: {error}.")))?;
    let stamp = world.ids.fresh();
    let container = world.account_mut(&place.account);
    let container = container.and_then(|account| account.container_mut(&place.container));
    let container = container.ok_or_else(|| refusal("The container is gone.".into()))?;
    if container.blob(&place.blob).is_some() {
        return Err(refusal(format!("The blob '{}' already exists.", place.blob)));
    }
    let blob = blob(&place.blob, &bytes, &stamp.simple().to_string(), at);
    let detail = detail([
        ("database", json!(operation.database)),
        ("database_id", json!(database.database_id)),
        ("content_of", json!(database.content_of)),
        ("blob", json!(format!("{}/{}/{}", place.account, place.container, place.blob))),
        ("bytes", json!(bytes.len())),
    ]);
    container.blobs.push(blob);
    Ok(Change { detail, ..line(operation, Effect::DatabaseExported, at, &[]) })
}

/// A blob with its stamps.
pub fn blob(name: &str, bytes: &[u8], stamp: &str, at: Timestamp) -> Blob {
    let stamp = stamp.get(..15).unwrap_or(stamp).to_uppercase();
    Blob {
        name: name.to_owned(),
        content: STANDARD.encode(bytes),
        etag: format!("\"0x{stamp}\""),
        md5: bacpac::hash(bytes),
        modified: at,
        lease: None,
        metadata: Default::default(),
    }
}

/// The end of an operation stands in the activity log as well.
fn log(world: &mut World, operation: &SqlOperation, failed: bool, at: Timestamp) {
    let Some(request) = &operation.request_id else { return };
    // The same request may have been refused as well, when it arrived a second time.
    let began =
        |one: &&Activity| one.client_request.as_ref() == Some(request) && one.status == ACCEPTED;
    let began = world.activity.iter().rfind(began);
    let Some(mut ended) = began.cloned() else { return };
    ended.at = at;
    ended.shown = crate::clock::later(at, world.timing.activity_lag_s);
    ended.id = named(&format!("{}/end", ended.id)).to_string();
    ended.status = if failed { "Failed" } else { "Succeeded" }.into();
    world.activity.push(ended);
}

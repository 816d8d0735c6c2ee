//! S3, S4, S5: a copy, a restore to a point in time or of a deleted database, and what the same
//! request does when the name is taken: an update that copies nothing. It must not know imports.

use super::address::server;
use super::dropped;
use super::get::earliest_restore;
use super::lro::{accepted, begin};
use crate::arm::{ArmPath, not_simulated};
use crate::clock::later;
use crate::http::{Answer, Request, arm_error};
use crate::ledger::{Effect, detail};
use crate::turn::Turn;
use crate::world::{Copying, Database, DatabaseStatus, OperationKind, Sku, SqlOperation};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// How a new database comes about.
#[derive(PartialEq)]
enum Mode {
    Copy,
    PointInTime,
    Deleted,
}

/// What the body of a PUT asks for.
struct Wanted {
    copy_of: Option<String>,
    mode: Mode,
    as_of: Option<Timestamp>,
    sku: Option<Value>,
    tags: Option<Map<String, Value>>,
}

/// Makes or updates a database.
pub fn put(turn: &mut Turn<'_>, path: &ArmPath) -> Result<Answer, Answer> {
    let target = server(turn, path)?;
    let (server, name) = (target.name.clone(), path.name(3).to_owned());
    let exists = target.database(&name).is_some();
    let busy = turn.world.operations.iter().any(|operation| {
        operation.is_running()
            && operation.server == server
            && operation.database.eq_ignore_ascii_case(&name)
            && operation.kind != OperationKind::UpdateLogicalDatabase
    });
    let wanted = parse(turn.request)?;
    if busy {
        let message = format!(
            "Request to update database '{name}' conflicts with another operation in progress."
        );
        return Err(arm_error(409, "ConflictingDatabaseOperation", message));
    }
    let operation = match (exists, &wanted.copy_of) {
        (true, _) => update(turn, &server, &name, &wanted),
        (false, Some(source)) => copy(turn, &server, &name, source, &wanted)?,
        (false, None) => return Err(not_simulated(turn.request)),
    };
    Ok(accepted(turn, &operation))
}

fn parse(request: &Request) -> Result<Wanted, Answer> {
    let Some(Value::Object(body)) = request.json() else {
        let message = "The request content was invalid and could not be deserialized.";
        return Err(arm_error(400, "InvalidRequestContent", message));
    };
    if body.get("location").and_then(Value::as_str).is_none() {
        let message = "The location property is required for this definition.";
        return Err(arm_error(400, "LocationRequired", message));
    }
    let properties = body.get("properties").cloned().unwrap_or_default();
    let mut as_of = None;
    let mode = match properties["createMode"].as_str() {
        Some("PointInTimeRestore") => Mode::PointInTime,
        Some("Restore") => Mode::Deleted,
        _ => Mode::Copy,
    };
    if mode != Mode::Copy {
        as_of = properties["restorePointInTime"].as_str().and_then(|text| text.parse().ok());
    }
    if mode == Mode::PointInTime && as_of.is_none() {
        let message = "Missing restorePointInTime to create a point-in-time restore.";
        return Err(arm_error(400, "MissingRestorePointInTime", message));
    }
    let copy_of = match properties["createMode"].as_str() {
        None | Some("Default") => None,
        Some("Copy" | "PointInTimeRestore" | "Restore") => {
            match properties["sourceDatabaseId"].as_str() {
                Some(source) => Some(source.to_owned()),
                None => {
                    let message = "Missing sourceDatabaseId to create database copy.";
                    return Err(arm_error(400, "MissingSourceDatabaseId", message));
                }
            }
        }
        Some(_) => return Err(not_simulated(request)),
    };
    let sku = body.get("sku").filter(|sku| sku.is_object()).cloned();
    let tags = body.get("tags").and_then(Value::as_object).cloned();
    Ok(Wanted { copy_of, mode, as_of, sku, tags })
}

/// The name was free: the target exists at once, as `Copying`.
fn copy(
    turn: &mut Turn<'_>,
    server: &str,
    name: &str,
    source_id: &str,
    wanted: &Wanted,
) -> Result<SqlOperation, Answer> {
    let (source_server, source) = match wanted.mode {
        Mode::Deleted => find_deleted(turn, source_id)?,
        Mode::Copy | Mode::PointInTime => find_source(turn, source_id)?,
    };
    let source_name = format!("{source_server}/{}", source.name);
    if let Some(as_of) = wanted.as_of {
        refuse_other_times(turn, &source, as_of)?;
    }
    let (kind, status, effect, length) = match wanted.mode {
        Mode::Copy => (
            OperationKind::CreateDatabaseAsCopy,
            DatabaseStatus::Copying,
            Effect::DatabaseCopyStarted,
            source.copy_s,
        ),
        Mode::PointInTime | Mode::Deleted => (
            OperationKind::CreateRestoreRequest,
            DatabaseStatus::Restoring,
            Effect::DatabaseRestoreStarted,
            turn.world.timing.restore_s,
        ),
    };
    let length = length * turn.twist.copy_factor;
    let settles = turn.world.timing.copy_settles_s;
    let ends = later(turn.now, length + settles);
    let mut operation = begin(turn, server, name, kind, length);
    operation.ends = ends;
    let online_at = later(turn.now, length);
    operation.copying = Some(Copying { source: source_name.clone(), online_at });
    let database = Database {
        name: name.to_owned(),
        database_id: turn.world.ids.fresh().to_string(),
        status,
        created: None,
        sku: resized(&source.sku, wanted.sku.as_ref()),
        requested: None,
        tags: wanted.tags.clone(),
        copy_s: source.copy_s,
        content_of: source.content_of.clone(),
        fit: source.fit.clone(),
    };
    let detail = detail([
        ("database", json!(name)),
        ("source", json!(source_name)),
        ("content_of", json!(database.content_of)),
        ("database_id", json!(database.database_id)),
        ("operation", json!(operation.id)),
    ]);
    if let Some(held) = turn.world.server_mut(server) {
        held.databases.push(database);
    }
    turn.world.operations.push(operation.clone());
    turn.record(effect, format!("{server}/{name}"), detail);
    Ok(operation)
}

/// The name was taken: size and tags are applied, and nothing is copied.
fn update(turn: &mut Turn<'_>, server: &str, name: &str, wanted: &Wanted) -> SqlOperation {
    let length = turn.world.timing.update_s;
    let operation = begin(turn, server, name, OperationKind::UpdateLogicalDatabase, length);
    turn.world.operations.push(operation.clone());
    let held = turn.world.server_mut(server).and_then(|server| server.database_mut(name));
    let Some(database) = held else { return operation };
    let before = database.clone();
    database.sku = resized(&database.sku, wanted.sku.as_ref());
    if let Some(tags) = &wanted.tags {
        database.tags = Some(tags.clone());
    }
    if before != *database {
        let detail = detail([
            ("database", json!(name)),
            ("database_id", json!(database.database_id)),
            ("sku", json!(database.sku.objective())),
        ]);
        turn.record(Effect::DatabaseUpdated, format!("{server}/{name}"), detail);
    }
    operation
}

/// A restore reaches back to the first backup of the source, and not into the future.
fn refuse_other_times(turn: &Turn<'_>, source: &Database, as_of: Timestamp) -> Result<(), Answer> {
    let first = earliest_restore(source);
    if first.is_some_and(|first| first <= as_of) && as_of <= turn.now {
        return Ok(());
    }
    let message = format!(
        "The restore point {as_of} is not valid: it lies before the earliest restore date of \
         '{}', or in the future.",
        source.name
    );
    Err(arm_error(400, "InvalidPointInTime", message))
}

/// A deleted database that Azure offers.
fn find_deleted(turn: &Turn<'_>, id: &str) -> Result<(String, Database), Answer> {
    match dropped::find(turn, id) {
        Some((server, found)) => Ok((server, found.database)),
        None => {
            let message = format!("The deleted database '{id}' was not found.");
            Err(arm_error(400, "InvalidDroppedDatabase", message))
        }
    }
}

fn find_source(turn: &Turn<'_>, id: &str) -> Result<(String, Database), Answer> {
    let parts: Vec<&str> = id.split('/').filter(|part| !part.is_empty()).collect();
    let [_, _, _, _, _, _, servers, server, databases, name] = parts[..] else {
        let message = format!("Invalid source database identifier '{id}'.");
        return Err(arm_error(400, "InvalidSourceDatabaseId", message));
    };
    if !servers.eq_ignore_ascii_case("servers") || !databases.eq_ignore_ascii_case("databases") {
        let message = format!("Invalid source database identifier '{id}'.");
        return Err(arm_error(400, "InvalidSourceDatabaseId", message));
    }
    let Some(held) = turn.world.server(server) else {
        let message = format!("Source server '{server}' was not found.");
        return Err(arm_error(400, "SourceServerNotFound", message));
    };
    match held.database(name) {
        Some(source) if source.status == DatabaseStatus::Online => {
            Ok((held.name.clone(), source.clone()))
        }
        Some(_) => {
            let message = format!("Source database '{name}' is being copied itself.");
            Err(arm_error(409, "ConflictingDatabaseOperation", message))
        }
        None => {
            let message = format!("Source database '{name}' does not exist.");
            Err(arm_error(400, "SourceDatabaseNotFound", message))
        }
    }
}

/// A size with the given changes: `GP_Gen5_8` names both the size and its cores.
pub fn resized(old: &Sku, given: Option<&Value>) -> Sku {
    let Some(given) = given else { return old.clone() };
    let mut sku = old.clone();
    if let Some(name) = given["name"].as_str() {
        sku = old.resized(name).unwrap_or_else(|| Sku { name: name.to_owned(), ..sku });
    }
    if let Some(tier) = given["tier"].as_str() {
        sku.tier = tier.to_owned();
    }
    if let Some(capacity) = given["capacity"].as_u64().and_then(|n| u32::try_from(n).ok()) {
        sku.capacity = capacity;
    }
    sku
}

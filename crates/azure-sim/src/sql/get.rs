//! S1, S2: a database, and all of a server. They must not change anything.

use super::address::{database_not_found, server, server_id};
use crate::arm::ArmPath;
use crate::clock::{iso_millis, later};
use crate::http::Answer;
use crate::turn::Turn;
use crate::world::{Database, Sku, SqlServer};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Reads one.
pub fn get(turn: &Turn<'_>, path: &ArmPath) -> Result<Answer, Answer> {
    let server = server(turn, path)?;
    let name = path.name(3);
    match server.database(name) {
        Some(database) => Ok(Answer::json(200, body(turn, server, database))),
        None => Err(database_not_found(server, name)),
    }
}

/// Reads all.
pub fn list(turn: &Turn<'_>, path: &ArmPath) -> Result<Answer, Answer> {
    let server = server(turn, path)?;
    let all = server.databases.iter().map(|database| body(turn, server, database));
    Ok(Answer::json(200, json!({"value": all.collect::<Vec<Value>>()})))
}

/// How long a database lives before there is a first backup of it, in seconds.
const FIRST_BACKUP_S: f64 = 600.0;

/// The moment to which a database can be restored at the earliest.
pub fn earliest_restore(database: &Database) -> Option<Timestamp> {
    database.created.map(|created| later(created, FIRST_BACKUP_S))
}

/// A database as it goes over the wire. One that is being copied has no `creationDate` yet: it is
/// the moment at which a database came up.
pub fn body(turn: &Turn<'_>, server: &SqlServer, database: &Database) -> Value {
    let objective = database.sku.objective();
    let requested = database.requested.as_ref().map_or_else(|| objective.clone(), Sku::objective);
    let subscription = &turn.world.subscription;
    let mut properties = json!({
        "collation": "SQL_Latin1_General_CP1_CI_AS",
        "maxSizeBytes": 34_359_738_368_u64,
        "status": database.status,
        "databaseId": database.database_id,
        "creationDate": database.created.map(iso_millis),
        "currentServiceObjectiveName": objective,
        "requestedServiceObjectiveName": requested,
        "earliestRestoreDate": earliest_restore(database).map(iso_millis),
        "defaultSecondaryLocation": "northeurope",
        "catalogCollation": "SQL_Latin1_General_CP1_CI_AS",
        "zoneRedundant": false,
        "licenseType": "LicenseIncluded",
        "maxLogSizeBytes": 193_273_528_320_u64,
        "readScale": "Disabled",
        "currentSku": database.sku,
        "currentBackupStorageRedundancy": "Geo",
        "requestedBackupStorageRedundancy": "Geo",
        "maintenanceConfigurationId": format!(
            "/subscriptions/{subscription}/providers/Microsoft.Maintenance/\
             publicMaintenanceConfigurations/SQL_Default"
        ),
        "isLedgerOn": false,
        "isInfraEncryptionEnabled": false,
        "availabilityZone": "NoPreference",
    });
    if database.created.is_none()
        && let Some(properties) = properties.as_object_mut()
    {
        properties.shift_remove("creationDate");
    }
    if earliest_restore(database).is_none_or(|first| first > turn.now)
        && let Some(properties) = properties.as_object_mut()
    {
        properties.shift_remove("earliestRestoreDate");
    }
    let mut body = json!({
        "sku": database.sku,
        "kind": "v12.0,user,vcore",
        "properties": properties,
        "location": server.location,
        "tags": database.tags,
        "id": format!("{}/databases/{}", server_id(subscription, server), database.name),
        "name": database.name,
        "type": "Microsoft.Sql/servers/databases",
    });
    if database.tags.is_none()
        && let Some(body) = body.as_object_mut()
    {
        body.shift_remove("tags");
    }
    body
}

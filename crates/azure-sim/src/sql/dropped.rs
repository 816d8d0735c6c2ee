//! S13: the deleted databases of a server that can be brought back. Azure offers one some minutes
//! after it is gone.

use super::address::{server, server_id};
use super::get::earliest_restore;
use crate::arm::ArmPath;
use crate::clock::{iso_millis, later};
use crate::http::Answer;
use crate::turn::Turn;
use crate::world::Dropped;
use serde_json::{Value, json};

/// Between 1601, where a FILETIME begins, and 1970, in 100 ns.
const FILETIME_OF_1970: i128 = 116_444_736_000_000_000;

/// The name among the deleted ones: `name,133217607606200000`.
fn label(one: &Dropped) -> String {
    let filetime = one.deleted.as_nanosecond() / 100 + FILETIME_OF_1970;
    format!("{},{filetime}", one.database.name)
}

/// Lists them.
pub fn list(turn: &Turn<'_>, path: &ArmPath) -> Result<Answer, Answer> {
    let held = server(turn, path)?;
    let base = server_id(&turn.world.subscription, held);
    let offered = held.restorable.iter().filter(|one| is_offered(turn, one));
    let value: Vec<Value> = offered.map(|one| body(&base, &held.location, one)).collect();
    Ok(Answer::json(200, json!({"value": value})))
}

fn is_offered(turn: &Turn<'_>, one: &Dropped) -> bool {
    later(one.deleted, turn.world.timing.dropped_lag_s) <= turn.now
}

/// The one with this id, if it is offered, and the server it was on.
pub fn find(turn: &Turn<'_>, id: &str) -> Option<(String, Dropped)> {
    let wanted = id.rsplit('/').next()?;
    turn.world.servers.iter().find_map(|server| {
        let mut all = server.restorable.iter().filter(|one| is_offered(turn, one));
        let found = all.find(|one| label(one).eq_ignore_ascii_case(wanted))?;
        Some((server.name.clone(), found.clone()))
    })
}

fn body(server: &str, location: &str, one: &Dropped) -> Value {
    let database = &one.database;
    json!({
        "sku": {"name": format!("SQLDB_{}", database.sku.objective()), "tier": database.sku.tier},
        "location": location,
        "properties": {
            "databaseName": database.name,
            "maxSizeBytes": 34_359_738_368_u64,
            "creationDate": database.created.map(iso_millis),
            "deletionDate": iso_millis(one.deleted),
            "earliestRestoreDate": earliest_restore(database)
                .map(|first| iso_millis(first.min(one.deleted))),
            "backupStorageRedundancy": "Geo",
        },
        "id": format!("{server}/restorableDroppedDatabases/{}", label(one)),
        "name": label(one),
        "type": "Microsoft.Sql/servers/restorableDroppedDatabases",
    })
}

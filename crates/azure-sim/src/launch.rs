//! An app's process comes up, and what that does to the database that it opens. It must not know
//! what made it come up.

use crate::ledger::{Change, Effect, detail};
use crate::world::{AppAddress, DatabaseStatus, Reach, World};
use jiff::Timestamp;
use serde_json::json;

/// Brings an app's process up anew, as a start, a changed setting and a deployment do. A database
/// that is not online, or does not let it in, at that moment leaves the process dead until the next
/// time; one that is may be migrated by the build, which is the change that is returned.
#[must_use]
pub fn launch(world: &mut World, address: &AppAddress, now: Timestamp) -> Option<Change> {
    let online = world.database_status(address) == Some(DatabaseStatus::Online)
        && world.data_reach(address, now) == Reach::Open;
    let app = world.app_mut(address)?;
    let has_content = !app.deployed.version.is_empty();
    app.started = now;
    app.startup_failed = app.running && has_content && !online;
    if !app.running || !has_content || !online {
        return None;
    }
    let build = app.deployed.clone();
    let (server, _) = world.database_of(address)?;
    let database = world.opened_mut(address)?;
    if !database.fit.is_migrated_by(&build) {
        return None;
    }
    database.fit.migrated = true;
    Some(Change {
        at: now,
        effect: Effect::DatabaseMigrated,
        target: format!("{server}/{}", database.name),
        request_id: None,
        detail: detail([
            ("database", json!(database.name)),
            ("database_id", json!(database.database_id)),
            ("by", json!(address.to_string())),
            ("version", json!(build.version)),
        ]),
    })
}

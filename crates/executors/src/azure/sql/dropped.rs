//! S13: the deleted databases of a server that Azure can bring back. It must not bring one back.

use super::binding::DatabaseBinding;
use super::database::time;
use crate::azure::arm::{Arm, Target};
use crate::http::{Aim, refused};
use jiff::Timestamp;
use serde_json::Value;
use windlass_ports::Outcome;

/// A deleted database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// Its id among the deleted ones.
    pub id: String,
    /// When it was deleted.
    pub deleted: Option<Timestamp>,
    /// How far back its backups reach.
    pub earliest: Option<Timestamp>,
    /// Where it was.
    pub location: String,
}

/// The deleted database of this name that was there last; none where Azure offers none (yet).
pub async fn last(arm: &Arm, place: &DatabaseBinding) -> Outcome<Option<Dropped>> {
    let what = format!("list the deleted databases of {}", place.server);
    let server = place.server_target(arm)?;
    let path = format!("{}/restorableDroppedDatabases", server.path);
    let reply = arm.get(&what, &Target { path, version: server.version }).await?;
    if reply.status == 404 {
        return Err(refused(Aim::Read, &what, &reply));
    }
    let body = reply.json().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = body["value"].as_array().into_iter().flatten();
    let same = |row: &&Value| {
        let name = row["properties"]["databaseName"].as_str().unwrap_or_default();
        name.eq_ignore_ascii_case(&place.database)
    };
    let all = list.filter(same).map(|row| Dropped {
        id: text(&row["id"]),
        deleted: time(&row["properties"]["deletionDate"]),
        earliest: time(&row["properties"]["earliestRestoreDate"]),
        location: text(&row["location"]),
    });
    Ok(all.max_by_key(|dropped| dropped.deleted))
}

//! S1, S11, S14: a database as it is, and what operates on it. It must not change it.
//!
//! A database that is not there is told from a server or a group that is not there: only the first
//! is an answer.

use super::binding::DatabaseBinding;
use crate::azure::arm::Arm;
use crate::http::error_body::service_error;
use crate::http::{Aim, Reply, refused};
use jiff::Timestamp;
use serde_json::{Map, Value};
use windlass_ports::Outcome;

/// What is read of a database.
#[derive(Clone, Debug, PartialEq)]
pub struct Database {
    /// New for every database ever made; survives a rename.
    pub database_id: String,
    /// `Online`, `Copying`, …
    pub status: String,
    /// Where it is.
    pub location: String,
    /// When it came up; absent while it does.
    pub created: Option<Timestamp>,
    /// Its tags.
    pub tags: Map<String, Value>,
    /// Its size.
    pub sku: Value,
    /// Its size by name.
    pub objective: String,
    /// The size that it shall have, by name.
    pub requested: String,
    /// The moment to which it can be restored at the earliest.
    pub earliest_restore: Option<Timestamp>,
}

/// Something that operates, or operated, on a database.
#[derive(Clone, Debug, PartialEq)]
pub struct Working {
    /// Its id, which is in its poll address.
    pub id: String,
    /// `CreateDatabaseAsCopy`, `DropLogicalDatabase`, …
    pub operation: String,
    /// `InProgress`, `Succeeded`, …
    pub state: String,
    /// How far.
    pub percent: Option<f64>,
    /// Since when.
    pub started: Option<Timestamp>,
    /// Why it failed.
    pub error: Option<String>,
}

/// A database, or that there is none, with the service's clock.
#[derive(Clone, Debug)]
pub struct Look {
    /// The database.
    pub database: Option<Database>,
    /// When one looked, as the service says.
    pub date: Option<String>,
}

impl Database {
    /// Whether it can be used.
    pub fn is_online(&self) -> bool {
        self.status == "Online"
    }

    /// Whether it comes into being.
    pub fn is_coming(&self) -> bool {
        matches!(self.status.as_str(), "Copying" | "Creating" | "Restoring" | "Recovering")
    }

    fn of(body: &Value) -> Self {
        let properties = &body["properties"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Self {
            database_id: text(&properties["databaseId"]),
            status: text(&properties["status"]),
            location: text(&body["location"]),
            created: time(&properties["creationDate"]),
            tags: body["tags"].as_object().cloned().unwrap_or_default(),
            sku: body["sku"].clone(),
            objective: text(&properties["currentServiceObjectiveName"]),
            requested: text(&properties["requestedServiceObjectiveName"]),
            earliest_restore: time(&properties["earliestRestoreDate"]),
        }
    }
}

impl Working {
    /// Whether it is not over.
    pub fn is_at_work(&self) -> bool {
        matches!(self.state.as_str(), "Pending" | "InProgress" | "CancelInProgress")
    }
}

/// Reads a time of the service.
pub fn time(value: &Value) -> Option<Timestamp> {
    let text = value.as_str()?;
    text.parse().ok().or_else(|| Some(jiff::fmt::rfc2822::parse(text).ok()?.timestamp()))
}

/// Reads a database.
pub async fn look(arm: &Arm, place: &DatabaseBinding) -> Outcome<Look> {
    let what = format!("read the database {}", place.label());
    let reply = arm.get(&what, &place.target(arm, "")?).await?;
    let date = reply.date().map(str::to_owned);
    if reply.status != 404 {
        let body = reply.json().unwrap_or_default();
        return Ok(Look { database: Some(Database::of(&body)), date });
    }
    if is_database_missing(&reply, &place.database) {
        return Ok(Look { database: None, date });
    }
    Err(refused(Aim::Read, &what, &reply))
}

/// ARM writes "The Resource 'Microsoft.Sql/servers/s/databases/d' under resource group …", SQL
/// writes "The requested
/// resource of type 'Microsoft.Sql/servers/databases' with name 'd' …"; both with the same code.
pub fn is_database_missing(reply: &Reply, database: &str) -> bool {
    let said = service_error(reply);
    if !said.is("ResourceNotFound") {
        return false;
    }
    let quoted: Vec<String> =
        said.message.split('\'').skip(1).step_by(2).map(|part| part.to_ascii_lowercase()).collect();
    let name = database.to_ascii_lowercase();
    match quoted.as_slice() {
        [kind, named, ..] if kind == "microsoft.sql/servers/databases" => {
            named.rsplit('/').next() == Some(name.as_str())
        }
        [path, ..] => {
            path.starts_with("microsoft.sql/servers/")
                && path.split("/databases/").nth(1) == Some(name.as_str())
        }
        [] => false,
    }
}

/// Where a server is.
pub async fn server_location(arm: &Arm, place: &DatabaseBinding) -> Outcome<String> {
    let what = format!("read the server {}", place.server);
    let reply = arm.get(&what, &place.server_target(arm)?).await?;
    if reply.status == 404 {
        return Err(refused(Aim::Read, &what, &reply));
    }
    let body = reply.json().unwrap_or_default();
    Ok(body["location"].as_str().unwrap_or_default().to_owned())
}

/// What operates, or operated, on a database; nothing where there is none.
pub async fn operations(arm: &Arm, place: &DatabaseBinding) -> Outcome<Vec<Working>> {
    let what = format!("list what works on the database {}", place.label());
    let reply = arm.get(&what, &place.target(arm, "/operations")?).await?;
    if reply.status == 404 {
        return Ok(Vec::new());
    }
    let body = reply.json().unwrap_or_default();
    let list = body["value"].as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Ok(list
        .map(|row| {
            let properties = &row["properties"];
            Working {
                id: text(&row["name"]),
                operation: text(&properties["operation"]),
                state: text(&properties["state"]),
                percent: properties["percentComplete"].as_f64(),
                started: time(&properties["startTime"]),
                error: properties["errorDescription"].as_str().map(str::to_owned),
            }
        })
        .collect())
}

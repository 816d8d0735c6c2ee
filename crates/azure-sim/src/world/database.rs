//! SQL servers, databases and the long operations on them. They must not know who asked.

use super::fit::Fit;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The size of a database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sku {
    /// `GP_Gen5`.
    pub name: String,
    /// `GeneralPurpose`.
    pub tier: String,
    /// `Gen5`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// The number of cores.
    pub capacity: u32,
}

impl Default for Sku {
    fn default() -> Self {
        Self {
            name: "GP_Gen5".into(),
            tier: "GeneralPurpose".into(),
            family: Some("Gen5".into()),
            capacity: 2,
        }
    }
}

/// The states of a database that occur here; the contract has twenty more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DatabaseStatus {
    /// It can be used.
    Online,
    /// It is the target of a copy that runs.
    Copying,
}

/// A database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Database {
    /// Its name.
    pub name: String,
    /// New for every database ever made; survives an update.
    pub database_id: String,
    /// Its state.
    pub status: DatabaseStatus,
    /// When it came up, not when it was asked for.
    pub created: Option<Timestamp>,
    /// Its size.
    pub sku: Sku,
    /// Its tags.
    pub tags: Option<Map<String, Value>>,
    /// How long a copy of it takes, in simulated seconds.
    pub copy_s: f64,
    /// Which database's content it holds: its own name, or that of the first source of copies.
    pub content_of: String,
    /// Which builds can use it; a copy has the same.
    #[serde(default)]
    pub fit: Fit,
}

/// A logical server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SqlServer {
    /// Its resource group.
    pub group: String,
    /// Its name.
    pub name: String,
    /// As SQL writes it: `westeurope`.
    pub location: String,
    /// The administrator's name.
    pub admin_login: String,
    /// Its databases, `master` included.
    pub databases: Vec<Database>,
    /// The names that once existed: their 404 comes from SQL, not from ARM.
    pub dropped: Vec<String>,
}

impl SqlServer {
    /// A database by its name.
    pub fn database(&self, name: &str) -> Option<&Database> {
        self.databases.iter().find(|database| database.name.eq_ignore_ascii_case(name))
    }

    /// The same, to be changed.
    pub fn database_mut(&mut self, name: &str) -> Option<&mut Database> {
        self.databases.iter_mut().find(|database| database.name.eq_ignore_ascii_case(name))
    }
}

/// What a long operation does, in SQL's own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OperationKind {
    /// A copy into a name that was free.
    CreateDatabaseAsCopy,
    /// A change of what is there, a "copy" onto a taken name included.
    UpdateLogicalDatabase,
    /// A drop.
    DropLogicalDatabase,
}

impl OperationKind {
    /// The word on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::CreateDatabaseAsCopy => "CreateDatabaseAsCopy",
            Self::UpdateLogicalDatabase => "UpdateLogicalDatabase",
            Self::DropLogicalDatabase => "DropLogicalDatabase",
        }
    }

    /// The friendly word of the list of operations.
    pub fn friendly_name(self) -> &'static str {
        match self {
            Self::CreateDatabaseAsCopy => "CREATE DATABASE AS COPY",
            Self::UpdateLogicalDatabase => "ALTER DATABASE",
            Self::DropLogicalDatabase => "DROP DATABASE",
        }
    }
}

/// Where an operation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OperationState {
    /// It runs.
    InProgress,
    /// It ended well.
    Succeeded,
    /// It ended badly.
    Failed,
    /// It was cancelled, such as a copy whose target was deleted.
    Cancelled,
}

/// Why an operation failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationFailure {
    /// SQL's code.
    pub code: String,
    /// SQL's sentence.
    pub message: String,
}

/// What a copy will make.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Copying {
    /// `server/database` of the source.
    pub source: String,
    /// When the database is online, somewhat before the operation ends.
    pub online_at: Timestamp,
}

/// A long operation on a database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SqlOperation {
    /// Its id, which is in the poll URLs.
    pub id: String,
    /// The server's resource group.
    pub group: String,
    /// The server.
    pub server: String,
    /// The database.
    pub database: String,
    /// What it does.
    pub kind: OperationKind,
    /// When it was accepted.
    pub started: Timestamp,
    /// When it ends.
    pub ends: Timestamp,
    /// Where it stands.
    pub state: OperationState,
    /// How it will end, or has ended, if badly.
    pub failure: Option<OperationFailure>,
    /// The request that asked for it.
    pub request_id: Option<String>,
    /// What it copies, if it does and the database is not online yet.
    pub copying: Option<Copying>,
}

impl SqlOperation {
    /// Says whether it runs.
    pub fn is_running(&self) -> bool {
        self.state == OperationState::InProgress
    }
}

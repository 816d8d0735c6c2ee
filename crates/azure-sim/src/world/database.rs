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

/// The sizes that are counted in DTU: name, tier, capacity.
const DTU_SIZES: [(&str, &str, u32); 9] = [
    ("Basic", "Basic", 5),
    ("S0", "Standard", 10),
    ("S1", "Standard", 20),
    ("S2", "Standard", 50),
    ("S3", "Standard", 100),
    ("S4", "Standard", 200),
    ("P1", "Premium", 125),
    ("P2", "Premium", 250),
    ("P4", "Premium", 500),
];

impl Sku {
    /// The name of a size as people choose it: `GP_Gen5_8`, `S3`.
    pub fn objective(&self) -> String {
        let mut sizes = DTU_SIZES.iter();
        match sizes.find(|(_, tier, dtu)| *tier == self.tier && *dtu == self.capacity) {
            Some((name, ..)) => (*name).to_owned(),
            None => format!("{}_{}", self.name, self.capacity),
        }
    }

    /// The size of such a name; what it does not say stays. Nothing if it is no size.
    pub fn resized(&self, name: &str) -> Option<Self> {
        if let Some((_, tier, dtu)) = DTU_SIZES.iter().find(|(known, ..)| *known == name) {
            let tier = (*tier).to_owned();
            return Some(Self { name: tier.clone(), tier, family: None, capacity: *dtu });
        }
        let (base, cores) = name.rsplit_once('_')?;
        let tier = match base.split('_').next()? {
            "GP" => "GeneralPurpose",
            "BC" => "BusinessCritical",
            "HS" => "Hyperscale",
            _ => return None,
        };
        Some(Self {
            name: base.to_owned(),
            tier: tier.to_owned(),
            family: base.split('_').nth(1).map(str::to_owned),
            capacity: cores.parse().ok()?,
        })
    }
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
    /// It is the target of a restore from backups that runs.
    Restoring,
    /// It is the target of an import that runs.
    Creating,
}

impl DatabaseStatus {
    /// Says whether it comes into being.
    pub fn is_coming(self) -> bool {
        self != Self::Online
    }
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
    /// The size that it shall get, while an update runs.
    #[serde(default)]
    pub requested: Option<Sku>,
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

/// A rule of a server's firewall.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirewallRule {
    /// Its name.
    pub name: String,
    /// The first address.
    pub start: String,
    /// The last one.
    pub end: String,
}

/// The address that stands for "any service of Azure".
const AZURE: &str = "0.0.0.0";

impl FirewallRule {
    /// Says whether it lets the services of Azure in, by its range: names differ.
    pub fn is_for_azure(&self) -> bool {
        self.start == AZURE && self.end == AZURE
    }
}

/// How far something in Azure, which has no rule of its own, gets to a server's databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// New connections are admitted.
    Open,
    /// New ones are refused; those that are open live on, and rules are cached, for a while.
    Cached,
    /// None is left.
    Closed,
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
    /// The administrator's password.
    #[serde(default)]
    pub admin_password: String,
    /// The rules of its firewall.
    #[serde(default)]
    pub firewall_rules: Vec<FirewallRule>,
    /// Whether it can be reached over its public address at all.
    #[serde(default = "yes")]
    pub public_access: bool,
    /// When it was closed to Azure, if it was open before.
    #[serde(default)]
    pub closed_to_azure: Option<Timestamp>,
    /// Its databases, `master` included.
    pub databases: Vec<Database>,
    /// The names that once existed: their 404 comes from SQL, not from ARM.
    pub dropped: Vec<String>,
    /// The databases that were deleted and can be brought back.
    #[serde(default)]
    pub restorable: Vec<Dropped>,
}

/// A database that was deleted and can be brought back for a while.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dropped {
    /// As it was.
    pub database: Database,
    /// When it was deleted.
    pub deleted: Timestamp,
}

fn yes() -> bool {
    true
}

impl SqlServer {
    /// Says whether a new connection from a service of Azure is admitted.
    pub fn is_open_to_azure(&self) -> bool {
        self.public_access && self.firewall_rules.iter().any(FirewallRule::is_for_azure)
    }

    /// Changes who is admitted, and keeps when Azure lost its access.
    pub fn change_access(&mut self, now: Timestamp, change: impl FnOnce(&mut Self)) {
        let was_open = self.is_open_to_azure();
        change(self);
        match (was_open, self.is_open_to_azure()) {
            (true, false) => self.closed_to_azure = Some(now),
            (_, true) => self.closed_to_azure = None,
            (false, false) => {}
        }
    }

    /// A rule by its name.
    pub fn firewall_rule(&self, name: &str) -> Option<&FirewallRule> {
        self.firewall_rules.iter().find(|rule| rule.name.eq_ignore_ascii_case(name))
    }

    /// Takes a database away, and keeps what a restore needs: nothing of one that never came up.
    pub fn drop_database(&mut self, name: &str, now: Timestamp) -> Option<Database> {
        let database = self.database(name)?.clone();
        self.databases.retain(|known| known.name != database.name);
        self.dropped.push(database.name.clone());
        if database.created.is_some() {
            self.restorable.push(Dropped { database: database.clone(), deleted: now });
        }
        Some(database)
    }

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
    /// A restore from the backups that Azure keeps.
    CreateRestoreRequest,
    /// An export into a file.
    Export,
    /// A new database from a file.
    Import,
}

impl OperationKind {
    /// Says whether it is an import or export, which has poll URLs of its own
    /// and does not stand in the list of a database's operations.
    pub fn is_transfer(self) -> bool {
        matches!(self, Self::Export | Self::Import)
    }

    /// The word on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::CreateDatabaseAsCopy => "CreateDatabaseAsCopy",
            Self::UpdateLogicalDatabase => "UpdateLogicalDatabase",
            Self::DropLogicalDatabase => "DropLogicalDatabase",
            Self::CreateRestoreRequest => "CreateRestoreRequest",
            Self::Export => "Export",
            Self::Import => "Import",
        }
    }

    /// The friendly word of the list of operations.
    pub fn friendly_name(self) -> &'static str {
        match self {
            Self::CreateDatabaseAsCopy => "CREATE DATABASE AS COPY",
            Self::UpdateLogicalDatabase => "ALTER DATABASE",
            Self::DropLogicalDatabase => "DROP DATABASE",
            Self::CreateRestoreRequest => "RESTORE DATABASE",
            Self::Export => "EXPORT DATABASE",
            Self::Import => "IMPORT DATABASE",
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

/// The file that a database goes to or comes from, and how one gets at both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// The file's address, as it was given.
    pub uri: String,
    /// `StorageAccessKey` or `SharedAccessKey`.
    pub key_type: String,
    /// The key to the storage.
    pub key: String,
    /// The administrator's name.
    pub login: String,
    /// The administrator's password.
    pub password: String,
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
    /// The file of an import or export.
    #[serde(default)]
    pub transfer: Option<Transfer>,
}

impl SqlOperation {
    /// Says whether it runs.
    pub fn is_running(&self) -> bool {
        self.state == OperationState::InProgress
    }
}

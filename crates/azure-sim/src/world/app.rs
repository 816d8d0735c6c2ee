//! Sites and slots of App Service. They must not know whether their database exists.

use indexmap::IndexMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One value of the set of connection strings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionString {
    /// The string, password included.
    pub value: String,
    /// `SQLAzure`, `Custom`, …
    #[serde(rename = "type")]
    pub kind: String,
}

/// The build that an app runs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Deployed {
    /// The branch that built it, without `refs/heads/`.
    pub branch: String,
    /// The build's number.
    pub version: String,
    /// The release it came with.
    pub release: String,
}

/// What a site and a slot have in common.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct App {
    /// `Running` or `Stopped`: allowed to run, not necessarily healthy.
    pub running: bool,
    /// `lastModifiedTimeUtc`, from which the ETag is made.
    pub modified: Timestamp,
    /// What `modified` was before its last move, for answers that lag behind.
    pub modified_before: Timestamp,
    /// The whole set of connection strings, in the order given.
    pub connection_strings: IndexMap<String, ConnectionString>,
    /// The whole set of app settings.
    pub app_settings: IndexMap<String, String>,
    /// The build it runs.
    pub deployed: Deployed,
    /// When its process came up last.
    pub started: Timestamp,
    /// Its process gave up, since its database was not online when it started. Only another
    /// start helps, as with a web app that migrates its database when it comes up.
    pub startup_failed: bool,
}

impl App {
    /// Moves the version stamp.
    pub fn touch(&mut self, now: Timestamp) {
        self.modified_before = self.modified;
        self.modified = now;
    }

    /// The server and the database that a connection string names.
    pub fn database(&self, connection: &str) -> Option<(String, String)> {
        let text = &self.connection_strings.get(connection)?.value;
        let part = |names: &[&str]| {
            text.split(';').filter_map(|pair| pair.split_once('=')).find_map(|(key, value)| {
                let known = names.iter().any(|name| key.trim().eq_ignore_ascii_case(name));
                known.then(|| value.trim().to_owned())
            })
        };
        let host = part(&["server", "data source", "addr", "address"])?;
        let host = host.strip_prefix("tcp:").unwrap_or(&host);
        let server = host.split(['.', ',']).next().unwrap_or_default().to_owned();
        Some((server, part(&["initial catalog", "database"])?))
    }
}

/// A deployment slot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Slot {
    /// Its name, without the site's.
    pub name: String,
    /// What runs in it.
    pub app: App,
}

/// The names that stay with their slot in a swap. `None` means that nothing was ever set.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sticky {
    /// Names of app settings.
    pub app_settings: Option<Vec<String>>,
    /// Names of connection strings.
    pub connection_strings: Option<Vec<String>>,
    /// Names of storage mounts.
    pub azure_storage: Option<Vec<String>>,
}

/// A site with its slots.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Site {
    /// Its resource group.
    pub group: String,
    /// Its name.
    pub name: String,
    /// As App Service writes it: `West Europe`.
    pub location: String,
    /// The name of its plan.
    pub plan: String,
    /// The production slot.
    pub app: App,
    /// The other slots.
    pub slots: Vec<Slot>,
    /// Which names are sticky.
    pub sticky: Sticky,
    /// The connection string that the app opens when it starts.
    pub database_connection: String,
    /// Until then an earlier change holds the exclusive lock: every write is refused with 59206.
    pub locked_until: Option<Timestamp>,
}

/// A site, or one of its slots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppAddress {
    /// The site's name.
    pub site: String,
    /// The slot's name; none is production.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<String>,
}

impl fmt::Display for AppAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.slot {
            Some(slot) => write!(f, "{}/{slot}", self.site),
            None => write!(f, "{}", self.site),
        }
    }
}

impl Site {
    /// The app of a slot, or of production.
    pub fn app(&self, slot: Option<&str>) -> Option<&App> {
        match slot {
            None => Some(&self.app),
            Some(name) => {
                let slot = self.slots.iter().find(|slot| slot.name.eq_ignore_ascii_case(name));
                slot.map(|slot| &slot.app)
            }
        }
    }

    /// The same, to be changed.
    pub fn app_mut(&mut self, slot: Option<&str>) -> Option<&mut App> {
        match slot {
            None => Some(&mut self.app),
            Some(name) => {
                let mut slots = self.slots.iter_mut();
                slots.find(|slot| slot.name.eq_ignore_ascii_case(name)).map(|slot| &mut slot.app)
            }
        }
    }

    /// The host at which the app answers.
    pub fn host(&self, slot: Option<&str>) -> String {
        match slot {
            None => format!("{}.azurewebsites.net", self.name),
            Some(slot) => format!("{}-{slot}.azurewebsites.net", self.name),
        }
    }
}

//! Sites and slots of App Service. They must not know whether their database exists.

use super::build::Deployed;
use super::package::PackageDeployment;
use super::settings::{ConnectionString, Sets, Sticky};
use super::slot_swap::{Prepared, Swap, SwapState, SwapStatus};
use indexmap::IndexMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;

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
    /// `deploymentId`: which content this is. It travels with the content in a swap.
    #[serde(default)]
    pub content: String,
    /// The last good swap that this side took part in.
    #[serde(default)]
    pub swapped: Option<SwapStatus>,
    /// The packages that were sent to its deployment host, oldest first.
    #[serde(default)]
    pub packages: Vec<PackageDeployment>,
    /// Until then its deployment host answers nobody, since it was restarted.
    #[serde(default)]
    pub deployment_host_back: Option<Timestamp>,
    /// Its tags.
    #[serde(default)]
    pub tags: Option<Map<String, Value>>,
}

/// A share of production's requests that goes to a slot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RampUpRule {
    /// The rule's name; that of the slot where the portal makes it.
    pub name: String,
    /// The host that gets the share.
    pub host: String,
    /// The share, 0 to 100.
    pub percent: f64,
}

impl App {
    /// Moves the version stamp.
    pub fn touch(&mut self, now: Timestamp) {
        self.modified_before = self.modified;
        self.modified = now;
    }

    /// Both whole sets.
    pub fn sets(&self) -> Sets {
        Sets {
            app_settings: self.app_settings.clone(),
            connection_strings: self.connection_strings.clone(),
        }
    }

    /// Has both whole sets replaced.
    pub fn set_sets(&mut self, sets: Sets) {
        self.app_settings = sets.app_settings;
        self.connection_strings = sets.connection_strings;
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
    /// Whether its apps get to their database as "any service of Azure" only, since no rule names
    /// their addresses.
    #[serde(default)]
    pub only_through_azure: bool,
    /// Until then an earlier change holds the exclusive lock: every write is refused with 59206.
    pub locked_until: Option<Timestamp>,
    /// Which shares of production's requests go to slots.
    #[serde(default)]
    pub ramp_up: Vec<RampUpRule>,
    /// The requests that were shared out so far.
    #[serde(default)]
    pub shared_out: u64,
    /// The swaps, the last of which may be under way.
    #[serde(default)]
    pub swaps: Vec<Swap>,
    /// The swap that is prepared, for a look at it.
    #[serde(default)]
    pub prepared: Option<Prepared>,
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

    /// The app that a deployment host belongs to.
    pub fn of_deployment_host(&self, host: &str) -> Option<AppAddress> {
        let slots = self.slots.iter().map(|slot| Some(slot.name.as_str()));
        let mut all = std::iter::once(None).chain(slots);
        let slot = all.find(|slot| self.deployment_host(*slot).eq_ignore_ascii_case(host))?;
        Some(AppAddress { site: self.name.clone(), slot: slot.map(str::to_owned) })
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

    /// The swap that is under way.
    pub fn swap(&self) -> Option<&Swap> {
        self.swaps.iter().find(|swap| swap.state == SwapState::InProgress)
    }

    /// The deployment host of the app.
    pub fn deployment_host(&self, slot: Option<&str>) -> String {
        self.host(slot).replacen(".azurewebsites.net", ".scm.azurewebsites.net", 1)
    }

    /// The host at which the app answers.
    pub fn host(&self, slot: Option<&str>) -> String {
        match slot {
            None => format!("{}.azurewebsites.net", self.name),
            Some(slot) => format!("{}-{slot}.azurewebsites.net", self.name),
        }
    }
}

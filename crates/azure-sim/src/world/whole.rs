//! The whole simulated world, and the questions that cross its parts. It must not know how it is
//! changed, kept or asked.

use super::activity::Activity;
use super::app::{App, AppAddress, Site};
use super::database::{Database, DatabaseStatus, Reach, SqlOperation, SqlServer};
use super::devops::DevOps;
use super::identity::Identity;
use super::storage::StorageAccount;
use crate::clock::{VirtualClock, later};
use crate::ids::IdSource;
use crate::timing::Timing;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Everything that exists in the simulated cloud.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct World {
    /// Its time.
    pub clock: VirtualClock,
    /// The latest moment that was ever shown: time does not go back over a restart.
    pub latest: Timestamp,
    /// Where its ids come from.
    pub ids: IdSource,
    /// How long things take.
    pub timing: Timing,
    /// The tenant.
    pub tenant: String,
    /// The subscription.
    pub subscription: String,
    /// The resource groups.
    pub groups: Vec<String>,
    /// A text that stands in every secret, so that a leak is found.
    pub canary: String,
    /// The credentials.
    pub identity: Identity,
    /// The sites.
    pub sites: Vec<Site>,
    /// The SQL servers.
    pub servers: Vec<SqlServer>,
    /// The long operations on databases, finished ones included for a while.
    pub operations: Vec<SqlOperation>,
    /// The storage accounts.
    #[serde(default)]
    pub storage: Vec<StorageAccount>,
    /// The activity log.
    #[serde(default)]
    pub activity: Vec<Activity>,
    /// Azure DevOps.
    pub devops: DevOps,
}

impl World {
    /// What the clock shows at a real moment.
    pub fn now(&self, real: Timestamp) -> Timestamp {
        self.clock.at(real).max(self.latest)
    }

    /// A site by its name.
    pub fn site(&self, name: &str) -> Option<&Site> {
        self.sites.iter().find(|site| site.name.eq_ignore_ascii_case(name))
    }

    /// The same, to be changed.
    pub fn site_mut(&mut self, name: &str) -> Option<&mut Site> {
        self.sites.iter_mut().find(|site| site.name.eq_ignore_ascii_case(name))
    }

    /// A site's or a slot's app.
    pub fn app(&self, address: &AppAddress) -> Option<&App> {
        self.site(&address.site)?.app(address.slot.as_deref())
    }

    /// The same, to be changed.
    pub fn app_mut(&mut self, address: &AppAddress) -> Option<&mut App> {
        self.site_mut(&address.site)?.app_mut(address.slot.as_deref())
    }

    /// A server by its name.
    pub fn server(&self, name: &str) -> Option<&SqlServer> {
        self.servers.iter().find(|server| server.name.eq_ignore_ascii_case(name))
    }

    /// The same, to be changed.
    pub fn server_mut(&mut self, name: &str) -> Option<&mut SqlServer> {
        self.servers.iter_mut().find(|server| server.name.eq_ignore_ascii_case(name))
    }

    /// How far something in Azure, which has no rule of its own, gets to a server's databases now:
    /// a host that relies on that access asks here. None if there is no such server.
    pub fn azure_reach(&self, server: &str, now: Timestamp) -> Option<Reach> {
        let server = self.server(server)?;
        let cached = |since: Timestamp| now < later(since, self.timing.firewall_cache_s);
        Some(match server.closed_to_azure {
            _ if server.is_open_to_azure() => Reach::Open,
            Some(since) if cached(since) => Reach::Cached,
            _ => Reach::Closed,
        })
    }

    /// How far an app gets to the server of its database now. One with rules of its own always
    /// does, as far as the public address is open.
    pub fn data_reach(&self, address: &AppAddress, now: Timestamp) -> Reach {
        let only = self.site(&address.site).is_some_and(|site| site.only_through_azure);
        let server = self.database_of(address).filter(|_| only).map(|(server, _)| server);
        server.and_then(|server| self.azure_reach(&server, now)).unwrap_or(Reach::Open)
    }

    /// A storage account by its name.
    pub fn account(&self, name: &str) -> Option<&StorageAccount> {
        self.storage.iter().find(|account| account.name.eq_ignore_ascii_case(name))
    }

    /// The same, to be changed.
    pub fn account_mut(&mut self, name: &str) -> Option<&mut StorageAccount> {
        self.storage.iter_mut().find(|account| account.name.eq_ignore_ascii_case(name))
    }

    /// The name of the database that an app opens, whether or not it exists.
    pub fn database_of(&self, address: &AppAddress) -> Option<(String, String)> {
        let site = self.site(&address.site)?;
        site.app(address.slot.as_deref())?.database(&site.database_connection)
    }

    /// The database that an app opens, if it exists.
    pub fn opened(&self, address: &AppAddress) -> Option<&Database> {
        let (server, database) = self.database_of(address)?;
        self.server(&server)?.database(&database)
    }

    /// The same, to be changed.
    pub fn opened_mut(&mut self, address: &AppAddress) -> Option<&mut Database> {
        let (server, database) = self.database_of(address)?;
        self.server_mut(&server)?.database_mut(&database)
    }

    /// The state of the database that an app opens; none if there is no such database.
    pub fn database_status(&self, address: &AppAddress) -> Option<DatabaseStatus> {
        self.opened(address).map(|database| database.status)
    }
}

//! The document that describes a world at its beginning. It must not know how one grows from it.

use crate::timing::Timing;
use crate::world::{
    BuildDefinition, ConnectionString, FirewallRule, Fit, Identity, ReleaseDefinition, Sku,
    StorageAccount, Trigger,
};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// A world at its beginning. `{canary}` in a value stands for the canary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorldSeed {
    /// A text that stands in every secret, so that a leak is found.
    #[serde(default = "default_canary")]
    pub canary: String,
    /// The tenant.
    pub tenant: String,
    /// The subscription.
    pub subscription: String,
    /// The resource groups.
    pub groups: Vec<String>,
    /// How long things take.
    #[serde(default)]
    pub timing: Timing,
    /// The credentials.
    #[serde(default)]
    pub identity: Identity,
    /// The sites.
    #[serde(default)]
    pub sites: Vec<SiteSeed>,
    /// The SQL servers.
    #[serde(default)]
    pub servers: Vec<ServerSeed>,
    /// The storage accounts; `{canary}` in their keys stands for the canary.
    #[serde(default)]
    pub storage: Vec<StorageAccount>,
    /// Azure DevOps.
    pub devops: DevOpsSeed,
}

fn default_canary() -> String {
    "canary".into()
}

/// A site. The build it runs comes from the releases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteSeed {
    /// Its name.
    pub name: String,
    /// Its resource group.
    pub group: String,
    /// `West Europe`.
    pub location: String,
    /// Its plan.
    pub plan: String,
    /// Whether it runs.
    #[serde(default = "yes")]
    pub running: bool,
    /// The connection string that it opens when it starts.
    #[serde(default = "default_connection")]
    pub database_connection: String,
    /// Whether its apps get to their database as "any service of Azure" only.
    #[serde(default)]
    pub only_through_azure: bool,
    /// The connection strings.
    #[serde(default)]
    pub connection_strings: IndexMap<String, ConnectionString>,
    /// The app settings.
    #[serde(default)]
    pub app_settings: IndexMap<String, String>,
    /// Sticky names of connection strings; none means that nothing was ever set.
    #[serde(default)]
    pub sticky_connection_strings: Option<Vec<String>>,
    /// Sticky names of app settings.
    #[serde(default)]
    pub sticky_app_settings: Option<Vec<String>>,
    /// Its slots.
    #[serde(default)]
    pub slots: Vec<SlotSeed>,
}

fn yes() -> bool {
    true
}

fn default_connection() -> String {
    "Default".into()
}

/// A slot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlotSeed {
    /// Its name.
    pub name: String,
    /// Whether it runs.
    #[serde(default = "yes")]
    pub running: bool,
    /// The connection strings.
    #[serde(default)]
    pub connection_strings: IndexMap<String, ConnectionString>,
    /// The app settings.
    #[serde(default)]
    pub app_settings: IndexMap<String, String>,
}

/// A SQL server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSeed {
    /// Its name.
    pub name: String,
    /// Its resource group.
    pub group: String,
    /// `westeurope`.
    pub location: String,
    /// The administrator's name.
    pub admin_login: String,
    /// The administrator's password.
    #[serde(default)]
    pub admin_password: String,
    /// The rules of its firewall.
    #[serde(default)]
    pub firewall_rules: Vec<FirewallRule>,
    /// Its databases; `master` comes by itself.
    #[serde(default)]
    pub databases: Vec<DatabaseSeed>,
}

/// A database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseSeed {
    /// Its name.
    pub name: String,
    /// Its size.
    #[serde(default)]
    pub sku: Sku,
    /// How long a copy of it takes, in simulated seconds, if not what the timing says.
    #[serde(default)]
    pub copy_s: Option<f64>,
    /// How old it is, in hours.
    #[serde(default)]
    pub hours_ago: i64,
    /// Which builds can use it.
    #[serde(default)]
    pub fit: Fit,
}

/// Azure DevOps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DevOpsSeed {
    /// The organization.
    pub organization: String,
    /// The project.
    pub project: String,
    /// The build definitions.
    pub build_definitions: Vec<BuildDefinition>,
    /// The builds.
    pub builds: Vec<BuildSeed>,
    /// The release definitions.
    pub release_definitions: Vec<ReleaseDefinition>,
    /// Continuous-deployment triggers to add to every release definition.
    #[serde(default)]
    pub triggers: Vec<Trigger>,
    /// The releases, oldest first.
    pub releases: Vec<ReleaseSeed>,
    /// The repositories.
    #[serde(default)]
    pub repositories: Vec<RepositorySeed>,
}

/// A repository.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepositorySeed {
    /// Its name.
    pub name: String,
    /// The branch that a clone begins with.
    pub default_branch: String,
    /// The commits, oldest first.
    pub commits: Vec<CommitSeed>,
}

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommitSeed {
    /// The name by which builds and other commits speak of it.
    pub key: String,
    /// The branch that it is made on.
    pub branch: String,
    /// The commit that the branch begins at, if it is new.
    #[serde(default)]
    pub from: Option<String>,
    /// The commit that it merges.
    #[serde(default)]
    pub merges: Option<String>,
    /// Its message.
    pub comment: String,
    /// The files that it changes; one without content is deleted.
    #[serde(default)]
    pub files: IndexMap<String, Option<String>>,
    /// When it was made, in hours before the beginning.
    #[serde(default)]
    pub hours_ago: i64,
}

/// A build.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BuildSeed {
    /// Its number in the organization.
    pub id: u64,
    /// Its definition.
    pub definition: u64,
    /// Its build number.
    pub number: String,
    /// Its branch, without `refs/heads/`.
    pub branch: String,
    /// `succeeded`, `failed`, …; none while it runs.
    pub result: Option<String>,
    /// When it ended, in hours before the beginning.
    pub hours_ago: i64,
    /// The commit that it built, by its key; one of its own if none is given.
    #[serde(default)]
    pub commit: Option<String>,
}

/// A release.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseSeed {
    /// Its number.
    pub id: u64,
    /// Its definition.
    pub definition: u64,
    /// The build it holds.
    pub build: u64,
    /// What somebody wrote.
    #[serde(default)]
    pub description: Option<String>,
    /// When it was made, in hours before the beginning.
    pub hours_ago: i64,
    /// The stages it was deployed to, well.
    #[serde(default)]
    pub deployed_to: Vec<String>,
}

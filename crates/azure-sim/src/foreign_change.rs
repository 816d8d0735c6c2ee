//! What somebody else may do to the world, behind the back of whoever is tested. It must not know
//! how it is done.

use crate::world::{AppAddress, ConnectionString};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// What somebody else does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum ForeignChange {
    /// Sets one connection string, or removes it if no value is given.
    ConnectionString {
        /// Which app.
        #[serde(flatten)]
        app: AppAddress,
        /// The string's name.
        name: String,
        /// Its value and type.
        value: Option<ConnectionString>,
    },
    /// Sets one app setting, or removes it if no value is given.
    AppSetting {
        /// Which app.
        #[serde(flatten)]
        app: AppAddress,
        /// The setting's name.
        name: String,
        /// Its value.
        value: Option<String>,
    },
    /// Stops or starts an app.
    Running {
        /// Which app.
        #[serde(flatten)]
        app: AppAddress,
        /// Whether it shall run.
        running: bool,
    },
    /// Makes a database, at once.
    CreateDatabase {
        /// On which server.
        server: String,
        /// Its name.
        name: String,
    },
    /// Deletes a database, at once.
    DeleteDatabase {
        /// On which server.
        server: String,
        /// Its name.
        name: String,
    },
    /// Gives a database another name, at once; nothing happens where that one is taken.
    RenameDatabase {
        /// On which server.
        server: String,
        /// Its name.
        name: String,
        /// Its other name.
        to: String,
    },
    /// Sets a rule of a server's firewall, or removes it if no range is given.
    FirewallRule {
        /// On which server.
        server: String,
        /// Its name.
        name: String,
        /// Its first and last address.
        range: Option<(String, String)>,
    },
    /// Somebody else's pipeline sends a package to an app's deployment host.
    Package {
        /// Which app.
        #[serde(flatten)]
        app: AppAddress,
        /// The version in it.
        version: String,
    },
    /// An app's deployment host is restarted: what it works on is lost, and it is away for a while.
    DeploymentHostRestart {
        /// Which app.
        #[serde(flatten)]
        app: AppAddress,
        /// Simulated seconds.
        away_seconds: f64,
    },
    /// A site's apps lose the rules with their own addresses, or get them back.
    DataAccess {
        /// Which site.
        site: String,
        /// Whether they get to their database as "any service of Azure" only.
        only_through_azure: bool,
    },
    /// Writes a blob.
    Blob {
        /// In which account.
        account: String,
        /// In which container.
        container: String,
        /// Its name.
        name: String,
        /// What it holds.
        text: String,
    },
    /// A build ends, and causes what continuous deployment makes of it.
    Build {
        /// Its number in the organization.
        id: u64,
        /// Its definition.
        definition: u64,
        /// Its build number.
        number: String,
        /// Its branch.
        branch: String,
        /// `succeeded`, `failed`, …
        result: String,
    },
    /// A release definition gets a continuous-deployment trigger.
    Trigger {
        /// The definition.
        definition: u64,
        /// The branch.
        branch: String,
        /// The stages, by name, that shall start by themselves from now on.
        #[serde(default)]
        automatic_stages: Vec<String>,
    },
    /// A variable of a build definition gets another value.
    BuildVariable {
        /// The definition.
        definition: u64,
        /// The variable.
        name: String,
        /// Its value.
        value: String,
    },
    /// Somebody pushes a commit to a branch.
    Push {
        /// The repository.
        repository: String,
        /// The branch.
        branch: String,
        /// The message.
        comment: String,
        /// The files; one without content is deleted.
        files: IndexMap<String, Option<String>>,
    },
    /// Somebody completes or abandons a pull request, at once.
    PullRequest {
        /// The repository.
        repository: String,
        /// Its number.
        id: u64,
        /// Whether it is completed.
        completed: bool,
    },
    /// Somebody changes what a task of one release's stage is told.
    ReleaseTask {
        /// The release.
        release: u64,
        /// The stage, by name.
        stage: String,
        /// The task, by name.
        task: String,
        /// The input.
        input: String,
        /// Its value.
        value: String,
    },
}

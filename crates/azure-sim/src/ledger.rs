//! The ledger: one line for each change that took place in the simulated world, and nothing else.
//! It must not know the requests that changed nothing.

use crate::world::{AppAddress, World};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// What changed. The names are past tense where the change is over, as the wire has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// A copy was accepted; its target exists and is `Copying`.
    DatabaseCopyStarted,
    /// The target of a copy is online.
    DatabaseCopied,
    /// A copy failed; its target is gone.
    DatabaseCopyFailed,
    /// A copy was cancelled, since its target is being deleted.
    DatabaseCopyCancelled,
    /// A database is gone.
    DatabaseDeleted,
    /// A database has another size or other tags.
    DatabaseUpdated,
    /// A database has another name.
    DatabaseRenamed,
    /// An export was accepted; it waits or works.
    DatabaseExportStarted,
    /// A database stands in a file.
    DatabaseExported,
    /// An export failed; there is no file.
    DatabaseExportFailed,
    /// An import was accepted; its target exists and is `Creating`.
    DatabaseImportStarted,
    /// The target of an import is online.
    DatabaseImported,
    /// An import failed; its target is gone.
    DatabaseImportFailed,
    /// A restore was accepted; its target exists and is `Restoring`.
    DatabaseRestoreStarted,
    /// The target of a restore is online.
    DatabaseRestored,
    /// A restore failed; its target is gone.
    DatabaseRestoreFailed,
    /// A rule of a server's firewall is new, or has another range.
    FirewallRuleSet,
    /// A rule of a server's firewall is gone.
    FirewallRuleDeleted,
    /// A server's public address is open or closed.
    PublicAccessSet,
    /// A blob is new, or another one.
    BlobWritten,
    /// A blob is gone.
    BlobDeleted,
    /// Somebody has a lease on a blob.
    BlobLeased,
    /// Nobody has a lease on a blob any more.
    BlobLeaseEnded,
    /// A blob's metadata are others.
    BlobMetadataSet,
    /// A database was made by somebody else.
    DatabaseCreated,
    /// An app that ran is stopped.
    AppStopped,
    /// An app that was stopped runs.
    AppStarted,
    /// An app's process came up anew, and nothing else changed.
    AppRestarted,
    /// The set of connection strings is another one.
    ConnectionStringsSet,
    /// The set of app settings is another one.
    AppSettingsSet,
    /// The sticky names are others.
    SlotConfigNamesSet,
    /// A slot exists.
    SlotCreated,
    /// A slot is another one in something that is set with it as a whole.
    SlotUpdated,
    /// A slot is gone, with its content.
    SlotDeleted,
    /// A swap was accepted: its source runs with the sticky settings of its target.
    SlotSwapStarted,
    /// Two slots are exchanged.
    SlotSwapped,
    /// A swap failed: nothing is exchanged.
    SlotSwapFailed,
    /// A swap is prepared: its source runs with the sticky settings of its target.
    SlotSwapPrepared,
    /// A preparation was cancelled: its source has its own settings again.
    SlotSwapReset,
    /// The shares of requests that go to slots are others.
    TrafficSet,
    /// A package was taken by an app's deployment host.
    PackageDeploymentStarted,
    /// A package runs.
    PackageDeployed,
    /// A package could not be deployed.
    PackageDeploymentFailed,
    /// A build that started migrated the database that it opened.
    DatabaseMigrated,
    /// A build ended.
    BuildFinished,
    /// A release exists.
    ReleaseCreated,
    /// A stage was told to deploy.
    StageDeploymentStarted,
    /// A stage is deployed: its apps run another build.
    StageDeployed,
    /// A stage's deployment failed.
    StageDeploymentFailed,
    /// A stage's deployment was cancelled.
    StageDeploymentCancelled,
    /// A build was queued.
    BuildQueued,
    /// A build was cancelled.
    BuildCancelled,
    /// A build has another tag.
    BuildTagged,
    /// Variables of a build definition have other values.
    BuildVariablesSet,
    /// A branch was made.
    BranchCreated,
    /// A branch names another commit.
    BranchMoved,
    /// A branch is gone.
    BranchDeleted,
    /// A pull request exists.
    PullRequestCreated,
    /// A pull request is merged.
    PullRequestCompleted,
    /// A pull request was abandoned.
    PullRequestAbandoned,
    /// A release was abandoned.
    ReleaseAbandoned,
    /// The tasks of one release's stages are others.
    ReleaseEdited,
    /// Somebody approved, or refused to.
    ApprovalGiven,
    /// A pipeline runs.
    PipelineRunStarted,
    /// A pipeline's run ended.
    PipelineRunFinished,
    /// A pipeline's run was cancelled.
    PipelineRunCancelled,
}

/// A change, before it has its number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// When it became true, in simulated time.
    pub at: Timestamp,
    /// What changed.
    pub effect: Effect,
    /// What it changed: `qa4`, `sql-qa/dispatcherqa4`, `Release-102/qa4`.
    pub target: String,
    /// The request that asked for it; none if somebody else did.
    pub request_id: Option<String>,
    /// What is true now, without secrets: enough to replay an invariant from the ledger alone.
    pub detail: Map<String, Value>,
}

/// A line of the ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// 1 for the first change.
    pub seq: u64,
    /// The change itself.
    #[serde(flatten)]
    pub change: Change,
}

/// What an invariant over apps speaks about, as it is now.
pub fn app_detail(world: &World, address: &AppAddress) -> Map<String, Value> {
    let mut detail = Map::new();
    let Some(app) = world.app(address) else { return detail };
    let opened = world.database_of(address);
    detail.insert("app".into(), json!(address.to_string()));
    detail.insert("running".into(), json!(app.running));
    detail.insert("branch".into(), json!(app.deployed.branch));
    detail.insert("version".into(), json!(app.deployed.version));
    detail.insert("database".into(), json!(opened.map(|(_, database)| database)));
    detail
}

/// An object of named values.
pub fn detail<const N: usize>(pairs: [(&str, Value); N]) -> Map<String, Value> {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

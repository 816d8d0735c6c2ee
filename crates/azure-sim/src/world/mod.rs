//! The simulated world as data: what exists, and what is under way. It knows nothing of HTTP.

mod activity;
mod build;
mod settings;
mod fit;
mod package;
mod database;
mod slot_swap;
mod app;
mod git;
mod pipeline;
mod devops;
mod identity;
mod storage;
mod whole;

pub use activity::{ACCEPTED, Activity};
pub use app::{App, AppAddress, RampUpRule, Site, Slot};
pub use build::Deployed;
pub use database::{
    Copying, Database, DatabaseStatus, Dropped, FirewallRule, OperationFailure, OperationKind,
    OperationState, Reach, Sku, SqlOperation, SqlServer, Transfer,
};
pub use devops::{
    Approval, Attempt, AttemptStatus, Build, BuildDefinition, DefinitionRevision, DevOps, Release,
    ReleaseDefinition, ReleaseStage, Stage, Task, Trigger, Variable, by_itself,
};
pub use fit::Fit;
pub use git::{Commit, MergeOperation, MergeState, PullRequest, Repository, Tree};
pub use identity::{Identity, Token};
pub use package::{PackageDeployment, PackageState};
pub use pipeline::{PipelineRun, RunApproval};
pub use settings::{ConnectionString, Sets, Sticky};
pub use slot_swap::{Prepared, Swap, SwapState, SwapStatus, side};
pub use storage::{Blob, BlobPlace, Container, StorageAccount};
pub use whole::World;

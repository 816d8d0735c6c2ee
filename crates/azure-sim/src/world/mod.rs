//! The simulated world as data: what exists, and what is under way. It knows nothing of HTTP.

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
mod whole;

pub use app::{App, AppAddress, RampUpRule, Site, Slot};
pub use build::Deployed;
pub use database::{
    Copying, Database, DatabaseStatus, OperationFailure, OperationKind, OperationState, Sku,
    SqlOperation, SqlServer,
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
pub use slot_swap::{Swap, SwapState, SwapStatus, side};
pub use whole::World;

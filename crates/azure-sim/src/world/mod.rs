//! The simulated world as data: what exists, and what is under way. It knows nothing of HTTP.

mod app;
mod database;
mod devops;
mod identity;
mod whole;

pub use app::{App, AppAddress, ConnectionString, Deployed, Site, Slot, Sticky};
pub use database::{
    Copying, Database, DatabaseStatus, OperationFailure, OperationKind, OperationState, Sku,
    SqlOperation, SqlServer,
};
pub use devops::{
    Attempt, AttemptStatus, Build, BuildDefinition, DevOps, Release, ReleaseDefinition,
    ReleaseStage, Stage, Trigger,
};
pub use identity::{Identity, Token};
pub use whole::World;

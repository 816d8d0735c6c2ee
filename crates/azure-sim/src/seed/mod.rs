//! How a simulated world begins: a document, and the one that the hotfix rehearsal uses. It knows
//! nothing of requests.

mod document;
mod databases;
mod devops;
mod production;
mod hotfix;
mod grow_git;
mod grow_devops;
mod grow;

pub use document::{
    BuildSeed, CommitSeed, DatabaseSeed, DevOpsSeed, ReleaseSeed, RepositorySeed, ServerSeed,
    SiteSeed, SlotSeed, WorldSeed,
};
pub use grow::grow;

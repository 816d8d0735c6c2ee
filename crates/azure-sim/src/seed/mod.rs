//! How a simulated world begins: a document, and the one that the hotfix rehearsal uses. It knows
//! nothing of requests.

mod document;
mod production;
mod hotfix;
mod grow;

pub use document::{
    BuildSeed, DatabaseSeed, DevOpsSeed, ReleaseSeed, ServerSeed, SiteSeed, SlotSeed, WorldSeed,
};
pub use grow::grow;

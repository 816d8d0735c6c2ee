//! Checks exchanges with Azure and Azure DevOps against a small table of facts, for tests only:
//! what the executors send and what the simulator answers go through the same [`check`].
//!
//! The table, `azure.json`, is derived from Microsoft's OpenAPI files by `cargo xtask contract`
//! and committed; this crate reads nothing else. It must not know windlass, nor whether the other
//! side of an exchange was the real service, the simulator or a recording.

mod fact;
mod node;
mod table;
mod exchange;
mod fault;
mod address;
mod body;
mod errors;
mod checker;

pub use checker::check;
pub use exchange::Exchange;
pub use fault::Fault;

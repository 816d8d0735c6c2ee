//! A contract-faithful simulator of Azure (ARM: App Service, SQL) and Azure DevOps (build, release)
//! on loopback, with a clock that can run fast, a ledger of every change, and faults by name.
//!
//! It stands alone: it knows nothing of windlass, of workflows or of who calls, and windlass's
//! executors cannot tell it from the cloud. To add an operation: its file beside its family, and
//! one line in that family's `route.rs`.

pub mod clock;
pub mod ids;
pub mod timing;
pub mod world;
pub mod seed;
pub mod ledger;
pub mod http;
pub mod turn;
pub mod faults;
mod progress;
mod arm;
mod identity;
mod apps;
mod sites;
mod sql;
mod devops;
mod route;
pub mod foreign;
mod state;
mod config;
mod simulator;
mod control;
mod server;

pub use config::Config;
pub use control::Status;
pub use faults::{Fault, FaultKind, Matcher, Moment};
pub use foreign::ForeignChange;
pub use ledger::{Effect, LedgerEntry};
pub use seed::WorldSeed;
pub use server::{Running, ServeError, serve};
pub use simulator::Simulator;
pub use state::StateError;

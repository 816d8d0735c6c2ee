//! The prover: whether anything that a workflow can reach breaks what must always hold. It explores
//! every order of parallel steps, crashes, lost answers, failures with and without effect,
//! rollbacks from everywhere, and both values of each condition that nobody knows beforehand.
//!
//! It must not know any file, store, cloud or clock: it stands on model's rules, which it asks
//! what happens next. Modules are listed bottom first; a module uses only what stands above it.

pub mod unknown;
pub mod facts;
pub mod judge;
pub mod outline;
pub mod focus;
pub mod state;
pub mod present;
pub mod moves;
pub mod search;
pub mod invariant;
pub mod story;
pub mod verdict;
pub mod look;
pub mod skips;
pub mod property;
pub mod cure;
pub mod prove;
pub mod walk;
pub mod exits;

pub use exits::{Exit, ExitLane, Exits, exits};
pub use outline::{Declared, Outline};
pub use prove::{invariants, prove, skipped};
pub use story::{Place, Story};
pub use verdict::{Options, Verdict};

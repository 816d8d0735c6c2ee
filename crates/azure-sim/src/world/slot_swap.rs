//! Swaps of slots: the one under way, and what each side keeps of the last good one. They must not
//! know who asked.

use super::database::OperationFailure;
use super::settings::Sets;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// `slotSwapStatus`: the last good swap that a side took part in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwapStatus {
    /// When it was over.
    pub at: Timestamp,
    /// The slot that was swapped.
    pub source: String,
    /// The one it was swapped with.
    pub destination: String,
}

/// Where a swap stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SwapState {
    /// It runs; every other write to the site is refused.
    InProgress,
    /// The two sides are exchanged.
    Succeeded,
    /// Nothing was exchanged.
    Failed,
}

/// A swap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Swap {
    /// Its id, which is in the poll URLs.
    pub id: String,
    /// The slot that is swapped; none is production.
    pub source: Option<String>,
    /// The one it is swapped with.
    pub target: Option<String>,
    /// When it was accepted.
    pub started: Timestamp,
    /// When it ends.
    pub ends: Timestamp,
    /// Where it stands.
    pub state: SwapState,
    /// How it will end, or has ended, if badly.
    pub failure: Option<OperationFailure>,
    /// How often it was asked for: the poll URL changes every time.
    pub polls: u64,
    /// The request that asked for it.
    pub request_id: Option<String>,
    /// The sets of the source before it was warmed up with those of the target.
    pub source_sets: Sets,
}

/// The first phase of a swap with preview.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prepared {
    /// The slot that runs with the sticky settings of the target; none is production.
    pub source: Option<String>,
    /// What it will be swapped with.
    pub target: Option<String>,
    /// The source's own sets.
    pub source_sets: Sets,
}

/// The name by which a side is called: production has none of its own.
pub fn side(slot: Option<&str>) -> String {
    slot.unwrap_or("Production").to_owned()
}

//! What took place in the world, in order. It must not know why.

use windlass_model::{RequestId, Side, StepId, Timestamp};

/// The value of a thing; absent where it does not exist.
pub type Thing = Option<i64>;

/// What took place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// A remote operation began.
    Begun,
    /// The effect is there.
    Applied {
        /// What the thing was.
        before: Thing,
        /// What it is.
        after: Thing,
    },
    /// A remote operation failed and left something behind.
    Halved {
        /// What the thing was.
        before: Thing,
        /// What it is.
        after: Thing,
    },
    /// A remote operation was ended by somebody; nothing of it is left.
    Cancelled,
}

/// One line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When, by the world's clock.
    pub at: Timestamp,
    /// For which step.
    pub step: StepId,
    /// Its own effect, or that of its compensation.
    pub side: Side,
    /// By which request.
    pub request: RequestId,
    /// To what.
    pub target: String,
    /// What.
    pub deed: Deed,
}

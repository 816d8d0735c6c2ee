//! What a look at the world says of a change. It must not know how one looks.

use windlass_model::{RequestId, Timestamp};

/// Where the world stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing<O> {
    /// As it was before.
    Before,
    /// Parts of the change are there and count for nothing yet: it may be done again, and must be
    /// cleared away.
    Begun,
    /// The change is there.
    After(O),
    /// Somebody still works at it.
    Working(String),
    /// Neither as it was nor as the change leaves it; without secrets.
    Foreign(String),
}

impl<O> Standing<O> {
    /// Where a thing is not there: its making has begun, where half of it lies elsewhere.
    pub fn unmade(half: bool) -> Self {
        if half { Self::Begun } else { Self::Before }
    }
}

/// A change that was tried, or is about to be.
#[derive(Clone, Debug)]
pub struct Tried<I, B, O> {
    /// Its input.
    pub input: I,
    /// What was before.
    pub before: B,
    /// What it gave, where it is known.
    pub output: Option<O>,
    /// By which its traces are known.
    pub key: RequestId,
    /// When its attempt was decided, by the run's clock.
    pub started_at: Timestamp,
}

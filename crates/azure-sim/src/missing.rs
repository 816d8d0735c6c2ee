//! That somebody else wants to change what is not there. It must not know what can be changed.

use thiserror::Error;

/// Why a change cannot be made.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("failed to change the world: there is no {0}; see GET /_sim/world for what there is")]
pub struct Missing(String);

impl Missing {
    /// There is no such thing.
    pub fn of(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

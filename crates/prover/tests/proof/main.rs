//! The prover against workflows made for it.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod made;
mod orders;
mod agreement;

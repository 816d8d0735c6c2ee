//! The prover against workflows made for it.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod proved;
mod orders;
mod shape;
mod agreement;
mod skips;
mod ways_out;

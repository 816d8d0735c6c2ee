//! The prover and the engine's core agree.

mod play;
mod situations;
mod exits;
mod stories;

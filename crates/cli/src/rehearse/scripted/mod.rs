//! Rehearsals on the engine's own core, in a world that changes as the actions declare: what the
//! prover says that can happen, happens there, or does not. Modules are listed bottom first.

mod actor;
mod sight;
mod stage;
mod story;
mod worlds;
mod every;
mod compared;

pub use compared::compared;
pub use story::play;

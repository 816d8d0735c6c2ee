//! The synchronous heart of the engine: one run, an input in, effects out. No clock, no runtime, no
//! store.

mod dispatch;
mod effect;
mod machine;

pub use dispatch::Dispatch;
pub use effect::{Batch, Closing, Effect, Input};
pub use machine::{Core, EffectsOf};

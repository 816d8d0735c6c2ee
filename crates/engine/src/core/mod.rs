//! The synchronous heart of the engine: one run, an input in, effects out. No clock, no runtime, no
//! store.

mod dispatch;
mod fit;
mod telling;
mod bounds;
mod effect;
mod machine;

pub use bounds::OUTPUT_BYTES_MAX;
pub use dispatch::{Dispatch, action_of};
pub use effect::{Batch, CallId, Closing, Drift, Effect, Input};
pub use machine::{Core, EffectsOf};
pub use telling::Telling;

//! What a run would do to the world as it is: looked at, worked out, and remembered from earlier
//! runs. Nothing is changed by any of it.

mod course;
mod past;
mod looks;
pub mod kept;
pub mod back;

pub use looks::{outlook, seen};
pub use past::{Past, past};

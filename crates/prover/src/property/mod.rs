//! Properties that every workflow must have, whatever its invariants say.

mod shape;
mod waits;
mod ends;
mod protects;

pub use ends::{ends_as_it_ran, stopped};
pub use protects::deletes_what_is_protected;
pub use shape::shape;
pub use waits::endless_waits;

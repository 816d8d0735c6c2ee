//! The proof of a workflow in its environment, and how it is told.

mod declared;
mod told;

pub use declared::{exits, from_here, not_skippable, of_a_start, outlined, skipped, verdict};
pub use told::{as_json, lines, story};

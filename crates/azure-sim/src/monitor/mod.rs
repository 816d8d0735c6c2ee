//! M1: the activity log: which writes came to ARM, by whom, and what became of them. It is late by
//! minutes, and keeps ninety days.

mod list;
mod note;

pub use list::answer;
pub use note::{note, note_foreign};

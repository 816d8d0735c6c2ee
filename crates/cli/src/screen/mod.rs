//! The screen of `show --watch`: a run that somebody else drives, drawn anew as it goes on. It only
//! shows; it must not ask, nor change anything.

mod bar;
mod rows;
mod sheet;
mod paper;

pub use paper::Paper;
pub use sheet::{Look, sheet};

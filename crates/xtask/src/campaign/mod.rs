//! Long searches that are done in slices: which cases come next, what a test says about them, what
//! is remembered between two sessions. It must not know what a case is.

pub mod range;
pub mod said;
pub mod state;
pub mod diary;
pub mod session;

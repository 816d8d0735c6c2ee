//! Programs that an action starts and waits for: bounded, marked, and gone when the action is.

pub mod ending;
pub mod run;

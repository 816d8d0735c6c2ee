//! Checks of health over HTTP.

pub mod expectation;
pub mod asking;
pub mod check;
pub mod watch;

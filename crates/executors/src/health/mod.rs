//! Checks of health over HTTP.

pub mod expectation;
pub mod check;

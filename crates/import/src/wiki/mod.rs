//! Runbook pages as workflows. Bottom first.

mod said;
mod marks;
mod care;
mod sections;
mod items;
mod convert;

pub use convert::{PageError, convert};

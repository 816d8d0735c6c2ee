//! Runbook pages as workflows. Bottom first.

mod said;
mod marks;
mod care;
mod items;
mod sections;
mod convert;

pub use convert::{PageError, convert};

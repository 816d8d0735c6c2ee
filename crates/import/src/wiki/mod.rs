//! Runbook pages as workflows. Bottom first.

mod rows;
mod said;
mod marks;
mod care;
mod sections;
mod carried;
mod items;
mod convert;

pub use convert::{PageError, convert};

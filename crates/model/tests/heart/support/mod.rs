//! What the tests of the heart share: shapes of workflows, a scripted world, a driver.

pub mod build;
pub mod outside;
pub mod naive;
pub mod driver;
mod calls;

pub use build::*;
pub use driver::{Driver, START};
pub use outside::{Fate, Reading};

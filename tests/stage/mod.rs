//! A stage for the hotfix workflows: a home with a simulated cloud of its own, and windlass as a
//! process in it.

mod cloud;
mod program;
mod set;

pub use program::{Ended, Program};
pub use set::{Stage, expect_code, workflow};

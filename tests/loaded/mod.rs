//! A store under load, and what must be true of it whatever became of the machine or its disk.

mod load;
mod verdict;

pub use load::Load;
pub use verdict::{Seen, judge};

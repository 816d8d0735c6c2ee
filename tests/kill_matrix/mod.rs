//! kill -9 at every event.

pub mod verdict;
mod cases;
mod matrix;

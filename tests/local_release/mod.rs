//! The release without a cloud, with real parts: killed at any moment, it goes on or back.

pub mod place;
mod verdict;
mod cases;
mod matrix;
mod others;

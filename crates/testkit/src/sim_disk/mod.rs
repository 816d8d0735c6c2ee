//! A disk in memory that forgets as real ones do when the power goes.

mod content;
pub mod disk;

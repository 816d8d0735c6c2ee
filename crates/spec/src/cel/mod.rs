//! Expressions: text into the model's trees, behind a fence, with every error in its place.

pub mod fence;
pub mod marks;
pub mod words;
pub mod lower;
pub mod parse;
pub use marks::Marks;
pub use parse::{Parsed, Trouble, parse};

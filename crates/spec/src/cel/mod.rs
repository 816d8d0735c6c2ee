//! Expressions: text into the model's trees, behind a fence, with every error in its place.

pub mod fence;
pub mod marks;
pub mod words;
pub mod lower;
pub mod parse;
pub mod ty;
pub mod names;
pub mod infer;
pub mod template;

pub use infer::{INPUTS, ITSELF, Inference, STEPS};
pub use marks::Marks;
pub use names::Names;
pub use parse::{Parsed, Trouble, parse};
pub use template::{Hole, holes_of};
pub use ty::Ty;

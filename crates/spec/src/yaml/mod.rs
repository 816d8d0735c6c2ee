//! YAML text as a tree in which every key and value knows where it stands.

pub mod tree;
pub mod parse;
pub mod place;

pub use parse::{FILE_BYTES_MAX, parse};
pub use place::place_in;
pub use tree::{Entry, Yaml, YamlKind};

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

//! The house's own rules, one a file, over a tree in memory. They must not know who runs them.

pub mod tree;

pub mod finding;
mod allow_list;
mod rust_text;
mod tokens;
mod modules;

mod edges;
mod imports;
mod listing;
pub mod sizes;
mod columns;
pub mod wrap;
mod openings;
mod escapes;
mod words;
mod machine_paths;

pub mod all;

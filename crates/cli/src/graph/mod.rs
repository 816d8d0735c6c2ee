//! Pictures of a workflow or a run, as text, Mermaid, Graphviz and SVG. They know neither stores
//! nor terminals: a picture goes in, a text comes out.

pub mod mark;
pub mod boxes;
pub mod layers;
pub mod picture;
pub mod text;
pub mod mermaid;
pub mod dot;
mod label;
mod arrange;
mod fold;
pub mod svg;

//! Expressions and templates: what a file computes just before a step starts.

pub mod ast;

pub use ast::{BinaryOp, Expr, Node, Quantifier, Template, UnaryOp};

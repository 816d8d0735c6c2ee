//! Expressions and templates: what a file computes just before a step starts.
//! Modules are listed bottom first.

pub mod ast;
pub mod problem;
pub mod paths;
pub mod scope;
pub mod operators;
pub mod functions;
pub mod eval;
pub mod template;

pub use ast::{BinaryOp, Expr, Node, Quantifier, Template, TextPart, UnaryOp};
pub use eval::evaluate;
pub use functions::{FUNCTIONS, Function, Kind};
pub use paths::{Path, roots};
pub use problem::{EvalError, Problem};
pub use scope::{Scope, pick};

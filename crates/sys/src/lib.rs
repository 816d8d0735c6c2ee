//! What only the operating system can tell: which process is which, which still lives, how to end
//! a tree of
//! them, and the environment that this process was started with.
//!
//! It must not know runs, steps or actions. No `unsafe`: rustix and `/proc` are enough.
//! Modules are listed bottom first; a module uses only what stands above it.

pub mod env;
pub mod stat;
pub mod process;
pub mod tree;

pub use process::{ProcessError, ProcessId};

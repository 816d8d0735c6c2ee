//! The targets. None knows another.

mod parts;
pub mod workflow;
pub mod environment;
pub mod expression;
pub mod event;
pub mod guest;
pub mod answers;

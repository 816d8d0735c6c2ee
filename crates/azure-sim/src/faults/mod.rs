//! Faults by name: what may go wrong, when it does, and what that means for one request. They know
//! nothing of resources.

mod fault;
mod plan;

pub use fault::{Fault, FaultKind, Matcher, Moment};
pub use plan::{Armed, Plan, meet};

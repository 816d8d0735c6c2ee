//! The transition table: how an event moves a run. A pair that is not listed is refused.

mod lifecycle;
mod attempt;
mod waiting;
mod drift;
mod notices;
mod fold;

pub use fold::{IllegalEvent, advance, apply, fold, workflow_after};

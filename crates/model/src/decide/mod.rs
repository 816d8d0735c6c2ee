//! What should happen now. Asking twice gives the same answer and does no harm.

mod command;
mod builtin;
mod gate;
mod start;
mod flight;
mod timers;
mod course;

pub use command::{Busy, Call, Command, Verb};
pub use course::{EVENTS_MAX, decide};
pub use start::intent;

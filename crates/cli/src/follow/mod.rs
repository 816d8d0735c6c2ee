//! Going with a run: driving it here, or watching whoever drives it, asking the human in front of
//! this process, and hearing Ctrl-C.

pub mod questions;
pub mod answers;
pub mod roles;
pub mod stdin_lines;
pub mod typed_answer;
pub mod interrupts;
pub mod watch;
pub mod drift;
pub mod newer;
pub mod given;
pub mod journey;

//! Plug-ins: actions that somebody else's programs bring, called as git and kubectl call theirs.

pub mod protocol;
pub mod program;
pub mod describe;
pub mod secrets;
pub mod call;
pub mod caller;
pub mod action;
pub mod shelf;
pub mod trial;
pub mod conformance;

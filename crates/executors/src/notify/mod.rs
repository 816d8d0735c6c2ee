//! Messages to people: they never fail a run, and go out once as far as can be known.

pub mod telling;
pub mod chat;
pub mod signature;
pub mod webhook;
pub mod smtp;
pub mod email;
pub mod family;

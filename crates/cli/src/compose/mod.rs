//! The composition root: what the program is made of, from the environment it was started in.

pub mod places;
pub mod clocks;
pub mod secrets;
pub mod key_id;
pub mod key;
pub mod standing;
pub mod shared_lock;
pub mod control;
pub mod simulator;
pub mod plugins;
pub mod outfit;
pub mod watch;
pub mod program;

//! Services on this machine: processes of our own, and units of systemd.

pub mod binding;
pub mod process;
pub mod unit;
pub mod ready;
pub mod handle;
pub mod shapes;
pub mod action;
pub mod family;

//! Scripts: processes that windlass starts, follows and ends.

pub mod folder;
pub mod gate;
pub mod shapes;
pub mod action;

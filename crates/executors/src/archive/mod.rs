//! Archives: `.tar.gz` and `.zip`, made, taken apart and read to their end, within bounds.

pub mod tree;
pub mod format;
pub mod place;
pub mod zips;
pub mod pack;
pub mod unpack;
pub mod shapes;
pub mod create;
pub mod extract;
pub mod verify;
pub mod family;

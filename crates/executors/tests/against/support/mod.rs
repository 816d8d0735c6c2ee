//! What the tests stand on.

pub mod context;
pub mod contract;
pub mod data;
pub mod replay;
pub mod sim;
pub mod slots;
pub mod slow_door;
pub mod devops;
pub mod hostile;

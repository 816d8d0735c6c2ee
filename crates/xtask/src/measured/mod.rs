//! What the engine's bench says, how it is laid out, and how two builds of it are told apart. It
//! must not know what a workload is.

pub mod reading;
pub mod row;
pub mod table;
pub mod pairs;
pub mod turns;

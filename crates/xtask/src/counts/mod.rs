//! Instructions and allocations: how they are counted, and the counts that are committed. It must
//! not know what is counted.

pub mod callgrind;
pub mod baseline;

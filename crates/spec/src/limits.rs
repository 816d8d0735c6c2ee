//! What a workflow file may have at the most, in one place: each is kept where it is checked, with
//! its reason.

pub use crate::cel::fence::{BRACKETS_MAX, EXPRESSION_BYTES_MAX};
pub use crate::flow::flatten::STEPS_MAX;
pub use crate::flow::steps::ITEMS_MAX;
pub use crate::flow::tree::CALL_DEPTH_MAX;
pub use crate::keys::bounds::{ATTEMPTS_MAX, PARALLEL_MAX, ROUNDS_MAX, STEPS_WRITTEN_MAX};
pub use crate::yaml::FILE_BYTES_MAX;

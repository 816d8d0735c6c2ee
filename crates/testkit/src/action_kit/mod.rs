//! The conformance kit of actions: one property per file, one macro that expands to all of them.
//! An action that passes may be crashed anywhere, tried again and undone; one that fails may not.

#![expect(clippy::expect_used, reason = "a case is a test: it may panic, and says why")]

pub mod subject;
pub mod captured_suffices;
pub mod compensates_once;
pub mod cut_off_is_no_doubt;
pub mod executes_once;
pub mod handle_survives;
pub mod probe_after_is_done;
pub mod probe_before_is_absent;
pub mod undo_is_identity;
pub mod undo_of_nothing;
mod expand;

pub use subject::{Subject, Trial};

//! The conformance kit of actions: one property per file, one macro that expands to all of them.
//! An action that passes may be crashed anywhere, tried again and undone; one that fails may not.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a case is a test: it may panic")]

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

pub use subject::{Subject, Trial};

/// Expands to all cases, each a test of its own, over a subject that is made anew for each: `$subject` is an
/// expression of a future.
#[macro_export]
macro_rules! action_conformance {
    ($name:ident, $subject:expr) => {
        mod $name {
            use super::*;

            $crate::action_conformance!(@case $subject, captured_suffices);
            $crate::action_conformance!(@case $subject, compensates_once);
            $crate::action_conformance!(@case $subject, cut_off_is_no_doubt);
            $crate::action_conformance!(@case $subject, executes_once);
            $crate::action_conformance!(@case $subject, handle_survives);
            $crate::action_conformance!(@case $subject, probe_after_is_done);
            $crate::action_conformance!(@case $subject, probe_before_is_absent);
            $crate::action_conformance!(@case $subject, undo_is_identity);
            $crate::action_conformance!(@case $subject, undo_of_nothing);
        }
    };
    (@case $subject:expr, $case:ident) => {
        #[tokio::test]
        async fn $case() {
            let subject = $subject.await;
            $crate::action_kit::$case::check(&subject).await;
        }
    };
}

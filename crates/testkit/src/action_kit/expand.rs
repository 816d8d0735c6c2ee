//! The macro that expands to all cases of the kit.

/// Expands to all cases, each a test of its own, over a subject that is made anew for each:
/// `$subject` is an
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

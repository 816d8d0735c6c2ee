//! The macro that expands to every case. A case that is a file here but not in the macro is found
//! by a test.

/// Runs every case of the kit against a store, each as a test of its own on a fresh
/// [`super::subject::Subject`].
///
/// The argument is a future that gives a subject; it is evaluated once a case. The calling crate
/// needs tokio.
#[macro_export]
macro_rules! store_conformance {
    ($make:expr) => {
        $crate::store_conformance! { @cases $make;
            append_is_all_or_nothing
            checkpoint_newest_wins
            conflict_is_told
            create_leased_at_once
            create_run_twice
            due_in_order
            durable_after_ok
            expected_before_epoch
            fenced_by_epoch
            gapless_sequence
            large_records
            lease_changes_hands
            lease_renew_and_release
            lock_hand_over
            lock_queue
            removed_run_is_gone
            removed_runs_make_room
            rival_writers
            runs_in_pages
            signal_consumed_in_append
            signal_posted_once
            signals_up_to_a_bound
            unknown_run
            wait_for_events
            wakes_for_grants
            wakes_for_signals
        }
    };
    (@cases $make:expr; $($case:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                $crate::store_kit::$case::check($make.await).await;
            }
        )*
    };
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_case_is_in_the_macro() {
        let text = include_str!("cases.rs");
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/store_kit");
        let mut cases = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let case = name.trim_end_matches(".rs");
            if ["mod", "cases", "subject"].contains(&case) {
                continue;
            }
            let listed = text.lines().filter(|line| line.trim() == case).count();
            assert_eq!(listed, 1, "{case} is not in store_conformance!");
            cases += 1;
        }
        assert!(cases >= 20, "the folder was not read");
    }
}

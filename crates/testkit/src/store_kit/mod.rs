//! The conformance kit of the store: one property per file, one macro that expands to all of them.
//! A store that passes may stand under the engine; one that fails may not, however fast it is.

#![expect(clippy::expect_used, reason = "a case is a test: it may panic, and says why")]

pub mod subject;
pub mod cases;
pub mod append_is_all_or_nothing;
pub mod checkpoint_newest_wins;
pub mod conflict_is_told;
pub mod create_leased_at_once;
pub mod create_run_twice;
pub mod due_in_order;
pub mod durable_after_ok;
pub mod expected_before_epoch;
pub mod fenced_by_epoch;
pub mod gapless_sequence;
pub mod large_records;
pub mod lease_changes_hands;
pub mod lease_renew_and_release;
pub mod lock_hand_over;
pub mod lock_queue;
pub mod removed_run_is_gone;
pub mod removed_runs_make_room;
pub mod rival_writers;
pub mod runs_in_pages;
pub mod signal_consumed_in_append;
pub mod signal_posted_once;
pub mod signals_up_to_a_bound;
pub mod unknown_run;
pub mod wait_for_events;
pub mod wakes_for_grants;
pub mod wakes_for_signals;

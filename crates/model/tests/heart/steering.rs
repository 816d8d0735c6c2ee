//! What humans say while a run is on: pause, cancel, answers, decisions.

use crate::rollbacks::{decide_step, undone};
use crate::rules::rollback;
use crate::support::*;
use windlass_model::Side::{Forward, Undo};
use windlass_model::decide::EVENTS_MAX;
use windlass_model::observation::Signal;
use windlass_model::{Decision, Phase, StepDef};

fn pause() -> Signal {
    Signal::Pause { by: "ann".into() }
}

fn cancel(keep: bool) -> Signal {
    Signal::Cancel { by: "ann".into(), keep }
}

#[test]
fn pause_waits_for_the_call_in_flight_and_starts_nothing() {
    let mut d = Driver::start(chain(3));
    d.until("an act", |d| d.said("attempt_started", "a0") == 1 && !d.pending.is_empty());
    assert_eq!(d.signal(pause()), 1);
    d.decide();
    assert_eq!(d.run.phase(), Phase::Running, "the call is still in flight");
    assert_eq!(d.settle_down(), Phase::Paused);
    assert_eq!(d.said("attempt_succeeded", "a0"), 1);
    assert_eq!(d.said("attempt_started", "a1"), 0);
    d.resume();
    assert_eq!(d.settle_down(), Phase::Succeeded);
}

#[test]
fn pause_is_not_held_up_by_a_call_that_never_ends() {
    let a = StepDef { timeout_ms: Some(60_000), ..act("a", &[]) };
    let mut d = Driver::start(workflow(vec![a]));
    d.outside.fate("a", Forward, &[Fate::Hangs]);
    d.until("it hangs", |d| !d.hanging.is_empty());
    d.signal(pause());
    assert_eq!(d.settle_down(), Phase::Paused, "{}", d.story());
    d.resume();
    assert_eq!(d.settle_down(), Phase::Succeeded);
    assert_eq!(d.outside.count("a", Forward), 1);
}

#[test]
fn pause_on_the_way_back_and_on_again() {
    let mut d = Driver::start(chain(3));
    d.settle_down();
    d.signal(rollback(None));
    d.until("one is undone", |d| d.lane("a2", Undo).finished());
    d.signal(pause());
    assert_eq!(d.settle_down(), Phase::Paused);
    d.resume();
    assert_eq!(d.settle_down(), Phase::RolledBack);
    assert_eq!(undone(&d), ["a2", "a1", "a0"]);
}

#[test]
fn a_capture_that_ends_after_the_pause_starts_nothing() {
    let mut d = Driver::start(chain(1));
    d.decide();
    assert_eq!(d.pending.len(), 1, "the capture is in flight");
    d.signal(pause());
    assert_eq!(d.settle_down(), Phase::Paused);
    assert_eq!(d.said("attempt_started", "a0"), 0);
}

#[test]
fn cancel_goes_back_and_ends() {
    let mut d = Driver::start(chain(3));
    d.until("two are done", |d| d.lane("a1", Forward).finished());
    d.signal(cancel(false));
    assert_eq!(d.settle_down(), Phase::RolledBack);
    assert_eq!(&undone(&d)[undone(&d).len() - 2..], ["a1", "a0"]);
}

#[test]
fn cancel_keep_leaves_things_as_they_are() {
    let mut d = Driver::start(chain(3));
    d.until("an act", |d| d.said("attempt_started", "a1") == 1 && !d.pending.is_empty());
    d.signal(cancel(true));
    d.signal(pause());
    assert_eq!(d.settle_down(), Phase::Cancelled, "a pause takes back no wish to end");
    assert_eq!(d.said("attempt_succeeded", "a1"), 1, "the call in flight ended first");
    assert!(undone(&d).is_empty());
    assert_eq!(d.signal(rollback(None)), 0, "cancelled is the end");
}

/// Nothing decides for a run that stands still, so that the signal itself must move it.
#[test]
fn cancel_of_a_run_that_halted() {
    for keep in [true, false] {
        for halted in [Phase::Paused, Phase::Failed, Phase::Stuck] {
            let mut d = Driver::start(chain(2));
            match halted {
                Phase::Paused => drop(d.signal(pause())),
                Phase::Failed => d.outside.fate("a1", Forward, &[Fate::Permanent]),
                _ => d.outside.fate("a0", Forward, &[Fate::Blind]),
            }
            assert_eq!(d.settle_down(), halted);
            assert!(d.signal(cancel(keep)) > 0);
            let end = match (keep, halted) {
                (true, _) => Phase::Cancelled,
                (false, Phase::Stuck) => Phase::Stuck,
                (false, _) => Phase::RolledBack,
            };
            assert_eq!(d.settle_down(), end, "keep {keep}, {halted}\n{}", d.story());
        }
    }
}

#[test]
fn a_cancel_that_only_its_request_survived_of_is_carried_out() {
    let mut d = Driver::start(chain(2));
    d.outside.fate("a1", Forward, &[Fate::Permanent]);
    assert_eq!(d.settle_down(), Phase::Failed);
    let by = "ann".to_owned();
    d.record(windlass_model::EventKind::CancelRequested { by, keep: false });
    assert_eq!(d.settle_down(), Phase::RolledBack);
}

#[test]
fn cancel_of_a_run_in_the_queue() {
    let mut d = Driver::queued(chain(1));
    assert_eq!(d.signal(cancel(false)), 2);
    assert_eq!(d.run.phase(), Phase::Cancelled);
}

#[test]
fn cancel_after_a_partial_rollback_goes_back_all_the_way() {
    let mut d = Driver::start(chain(2));
    d.settle_down();
    d.signal(rollback(Some("a0")));
    assert_eq!(d.settle_down(), Phase::Paused);
    assert!(d.signal(cancel(false)) > 0);
    assert_eq!(d.settle_down(), Phase::RolledBack);
}

#[test]
fn superseded_ends_at_once_and_late_answers_mean_nothing() {
    let mut d = Driver::start(chain(2));
    d.until("an act", |d| d.said("attempt_started", "a0") == 1 && !d.pending.is_empty());
    d.signal(Signal::Supersede { by: windlass_model::RunId(uuid::Uuid::from_u128(9)) });
    assert_eq!(d.run.phase(), Phase::Superseded);
    assert_eq!(d.settle_down(), Phase::Superseded, "the call's end is no event any more");
    assert_eq!(decide_step(&mut d, "a0", Decision::Done), 0);
}

/// A run that tries without an end comes to one: what is in flight ends, a human decides, and the
/// way back is open.
#[test]
fn a_run_with_too_many_events_begins_nothing_more_but_goes_back() {
    let mut d = Driver::start(chain(3));
    d.until("an act", |d| d.said("attempt_started", "a0") == 1 && !d.pending.is_empty());
    d.run.seq = EVENTS_MAX - 1;
    assert_eq!(d.settle_down(), Phase::Stuck, "{}", d.story());
    assert_eq!((d.said("attempt_succeeded", "a0"), d.said("attempt_started", "a1")), (1, 0));
    d.resume();
    assert_eq!(d.settle_down(), Phase::Stuck);
    d.signal(rollback(None));
    assert_eq!(d.settle_down(), Phase::RolledBack);
    assert_eq!(undone(&d), ["a0"]);
}

#[test]
fn a_run_may_end_with_its_last_event() {
    let mut d = Driver::start(chain(1));
    d.until("an act", |d| d.said("attempt_started", "a0") == 1 && !d.pending.is_empty());
    d.run.seq = EVENTS_MAX - 1;
    assert_eq!(d.settle_down(), Phase::Succeeded, "{}", d.story());
}

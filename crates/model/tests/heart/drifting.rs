//! What drifted is put back before anything goes on that comes after it, however far behind.

use crate::support::*;
use windlass_model::drift::DriftDecision;
use windlass_model::lane::LaneState;
use windlass_model::{EventKind, Phase, Side, Workflow};

/// `a0` is done, `a1` is at work outside, and `a2` waits, when the engine dies and somebody has
/// changed what `a0` had left.
fn put_back_behind_what_is_at_work(workflow: Workflow) -> Driver {
    let mut d = Driver::start(workflow);
    d.outside.fate("a0", Side::Forward, &[Fate::Done, Fate::Accepted(9)]);
    d.outside.fate("a1", Side::Forward, &[Fate::Accepted(2)]);
    d.until("a1 is at work", |d| d.said("attempt_accepted", "a1") == 1);
    d.crash();
    let step = || "a0".into();
    d.record(EventKind::DriftFound { step: step(), what: "it runs".into(), who: None });
    let decision = DriftDecision::PutBack;
    d.record(EventKind::DriftDecided { step: step(), decision, by: "ann".into() });
    d
}

#[test]
fn what_is_put_back_is_waited_for_by_what_comes_behind_a_step_at_work() {
    let mut d = put_back_behind_what_is_at_work(chain(4));
    assert_eq!(d.lane("a2", Side::Forward).state, LaneState::Blocked(2), "a1, and a0");
    d.until("a1 is done", |d| d.lane("a1", Side::Forward).finished());
    assert!(!d.lane("a0", Side::Forward).finished(), "it is still being put back");
    assert_eq!(d.lane("a2", Side::Forward).attempts, 0, "it would undo what is put back\n");
    d.until("a2 begins", |d| d.lane("a2", Side::Forward).attempts == 1);
    assert!(d.lane("a0", Side::Forward).finished());
    assert_eq!(d.settle_down(), Phase::Succeeded);
}

/// A crash in between forgets nothing of that, and a rollback needs none of it.
#[test]
fn a_crash_and_a_rollback_in_between_leave_nobody_waiting() {
    let mut d = put_back_behind_what_is_at_work(chain(4));
    d.crash();
    assert_eq!(d.settle_down(), Phase::Succeeded);
    let mut d = put_back_behind_what_is_at_work(chain(4));
    d.signal(crate::rules::rollback(None));
    assert_eq!(d.settle_down(), Phase::RolledBack);
}

//! Compensations themselves: in doubt, tried again, begun while the operation works, guarded, and
//! what they put back.

use crate::rollbacks::{decide_step, stuck_because, undone};
use crate::rules::rollback;
use crate::support::*;
use windlass_model::Side::{Forward, Undo};
use windlass_model::catalog::ActionTraits;
use windlass_model::step::{Compensate, OnInDoubt};
use windlass_model::workflow::OnFailure;
use windlass_model::{Decision, EventKind, Phase, StepDef, Value, Workflow};

#[test]
fn a_compensation_in_doubt_is_probed_not_repeated() {
    for fate in [Fate::LostAfter, Fate::LostBefore, Fate::LostAccepted(3)] {
        let mut d = Driver::start(chain(2));
        d.settle_down();
        d.outside.fate("a1", Undo, &[fate]);
        d.signal(rollback(None));
        assert_eq!(d.settle_down(), Phase::RolledBack);
        assert_eq!(undone(&d), ["a1", "a0"], "{fate:?}");
    }
}

#[test]
fn a_compensation_that_was_cut_off_by_a_crash_is_probed() {
    let mut d = Driver::start(chain(1));
    d.settle_down();
    d.signal(rollback(None));
    d.until("the undo is sent", |d| d.lane("a0", Undo).attempts == 1 && !d.pending.is_empty());
    d.outside.act(("a0".into(), Undo), 1, Value::Null);
    d.crash();
    assert_eq!(d.settle_down(), Phase::RolledBack);
    assert_eq!(undone(&d), ["a0"]);
}

#[test]
fn a_compensation_is_tried_again_by_the_step_s_policy() {
    let mut d = Driver::start(chain(1));
    d.settle_down();
    d.outside.fate("a0", Undo, &[Fate::Transient, Fate::Transient]);
    d.signal(rollback(None));
    let from = d.now;
    assert_eq!(d.settle_down(), Phase::RolledBack);
    assert_eq!(d.lane("a0", Undo).attempts, 3);
    assert!(d.now.since(from) >= 5_000 + 10_000, "it waited between them");
}

#[test]
fn a_compensation_nobody_can_tell_of_asks() {
    let mut d = Driver::start(chain(2));
    d.settle_down();
    d.outside.fate("a1", Undo, &[Fate::Blind]);
    d.signal(rollback(None));
    assert_eq!(d.settle_down(), Phase::Stuck);
    assert!(stuck_because(&d).contains("the compensation of `a1`"));
    assert_eq!(decide_step(&mut d, "a1", Decision::Done), 1);
    d.resume();
    assert_eq!(d.settle_down(), Phase::RolledBack);
    assert_eq!(undone(&d), ["a1", "a0"]);
}

fn copying(in_progress: bool) -> Workflow {
    let traits = ActionTraits { compensates_in_progress: in_progress, ..traits() };
    workflow_with(vec![act_with("copy", &[], traits)], |def| def.max_parallel = 1)
}

#[test]
fn a_remote_operation_is_undone_while_it_works_where_the_action_can() {
    let mut d = Driver::start(copying(true));
    d.outside.fate("copy", Forward, &[Fate::Accepted(1_000)]);
    d.until("accepted", |d| d.said("attempt_accepted", "copy") == 1);
    d.signal(rollback(None));
    assert_eq!(d.settle_down(), Phase::RolledBack);
    assert_eq!(d.outside.ledger, [("copy".to_owned(), Undo)], "it is not waited for");
}

#[test]
fn a_remote_operation_is_followed_to_its_end_where_the_action_cannot() {
    let mut d = Driver::start(copying(false));
    d.outside.fate("copy", Forward, &[Fate::Accepted(5)]);
    d.until("accepted", |d| d.said("attempt_accepted", "copy") == 1);
    d.signal(rollback(None));
    assert_eq!(d.settle_down(), Phase::RolledBack);
    let both = [("copy".to_owned(), Forward), ("copy".to_owned(), Undo)];
    assert_eq!(d.outside.ledger, both);
}

/// A request that nobody looked for may still arrive: it is waited for as long as that can be.
/// Killed half-way: another attempt goes on from there, and where the run turns back instead, the
/// half is taken away.
#[test]
fn half_an_effect_is_completed_or_undone() {
    let mut d = Driver::start(chain(1));
    d.outside.fate("a0", Forward, &[Fate::Half]);
    assert_eq!(d.settle_down(), Phase::Succeeded, "{}", d.story());
    assert_eq!(d.said("attempt_found_begun", "a0"), 1);
    d.signal(rollback(None));
    assert_eq!(d.settle_down(), Phase::RolledBack);
    assert_eq!(d.outside.state["a0"], Value::Null, "what was before the half: {}", d.story());

    let mut d = Driver::start(chain(1));
    d.outside.fate("a0", Forward, &[Fate::Half]);
    d.until("half of it", |d| d.said("attempt_in_doubt", "a0") == 1);
    d.signal(rollback(None));
    assert_eq!(d.settle_down(), Phase::RolledBack);
    assert_eq!(d.outside.count("a0", Undo), 1, "{}", d.story());
    assert_eq!(d.outside.state["a0"], Value::Null);
}

#[test]
fn a_rerun_that_may_still_arrive_is_not_undone_before() {
    let slow = ActionTraits { settle_ms: 120_000, ..traits() };
    let on_in_doubt = OnInDoubt::Rerun;
    let a = StepDef { on_in_doubt, retry: once(), ..act_with("a", &[], slow) };
    let mut d = Driver::start(workflow(vec![a]));
    d.outside.fate("a", Forward, &[Fate::LostBefore]);
    assert_eq!(d.settle_down(), Phase::Failed);
    let sent = d.history.iter().find(|e| e.kind.name() == "attempt_started").expect("sent").at;
    d.record(EventKind::OperatorDecision {
        step: "a".into(),
        side: Forward,
        decision: Decision::Skip,
        by: "ann".into(),
        reason: "it did not come".into(),
        output: None,
    });
    d.resume();
    d.signal(rollback(None));
    d.until("its undo", |d| d.said("attempt_started", "a") == 2);
    assert!(d.now.since(sent) >= 120_000, "{}", d.story());
    assert_eq!(d.settle_down(), Phase::RolledBack);
}

/// It failed because its time was over: its end comes first all the same.
#[test]
fn a_remote_operation_that_failed_in_doubt_is_followed_to_its_end_too() {
    let copy = StepDef { timeout_ms: Some(5_000), ..act("copy", &[]) };
    let mut d = Driver::start(workflow(vec![copy]));
    d.outside.fate("copy", Forward, &[Fate::Accepted(60)]);
    assert_eq!(d.settle_down(), Phase::Failed);
    d.signal(rollback(None));
    assert_eq!(d.settle_down(), Phase::RolledBack);
    let both = [("copy".to_owned(), Forward), ("copy".to_owned(), Undo)];
    assert_eq!(d.outside.ledger, both);
}

#[test]
fn one_whose_acceptance_was_lost_is_found_and_undone_while_it_works() {
    let mut d = Driver::start(copying(true));
    d.outside.fate("copy", Forward, &[Fate::LostAccepted(1_000)]);
    d.until("in doubt", |d| d.said("attempt_in_doubt", "copy") == 1);
    d.signal(rollback(None));
    assert_eq!(d.settle_down(), Phase::RolledBack);
    assert_eq!(d.outside.ledger, [("copy".to_owned(), Undo)]);
}

#[test]
fn an_intent_that_was_never_sent_is_not_sent_after_the_run_turned_around() {
    let quick = ActionTraits { captures: false, ..traits() };
    let mut d = Driver::start(workflow(vec![act_with("a", &[], quick)]));
    d.decide();
    assert_eq!(d.pending.len(), 1);
    // The intent is durable; the engine dies before the call; `rollback` takes over.
    d.die();
    d.signal(rollback(None));
    assert_eq!(d.settle_down(), Phase::RolledBack);
    assert!(d.outside.ledger.is_empty(), "{:?}", d.outside.calls);
    assert!(d.outside.calls.iter().all(|(_, verb)| *verb == "probe"));
}

#[test]
fn on_failure_rollback_turns_around_by_itself() {
    let steps = vec![act("a", &[]), act("b", &["a"]), act("c", &["a"])];
    let mut d = Driver::start(workflow_with(steps, |def| def.on_failure = OnFailure::Rollback));
    d.outside.fate("b", Forward, &[Fate::Permanent]);
    d.outside.fate("c", Forward, &[Fate::Accepted(3)]);
    assert_eq!(d.settle_down(), Phase::RolledBack);
    let undone = undone(&d);
    assert_eq!((undone.len(), undone[2]), (3, "a"), "{undone:?}");
    let by = d.history.iter().find_map(|e| match &e.kind {
        EventKind::RollbackStarted { by, reason, .. } => Some((by.as_str(), reason.as_str())),
        _ => None,
    });
    assert_eq!(by, Some(("windlass", "step `b` failed")));
}

#[test]
fn guards_and_reasons_leave_a_step_as_it_is() {
    let with = |id: &str, needs: &[&str], compensate| StepDef { compensate, ..act(id, needs) };
    let mut d = Driver::start(workflow(vec![
        with("no", &[], Compensate::AutoIf { only_if: constant(false) }),
        with(
            "none",
            &["no"],
            Compensate::None {
                reason: Some("it is only a log".into()),
                way_back: None,
                way_on: None,
            },
        ),
        with("yes", &["none"], Compensate::AutoIf { only_if: output_is("attempt", 1) }),
        with("other", &["yes"], custom_undo(None)),
    ]));
    d.settle_down();
    d.signal(rollback(None));
    assert_eq!(d.settle_down(), Phase::RolledBack);
    assert_eq!(undone(&d), ["other", "yes"]);
    let why: Vec<&str> = d
        .history
        .iter()
        .filter_map(|e| match &e.kind {
            EventKind::StepSkipped { why, .. } => Some(why.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(why, ["it is only a log", "`false` is false"]);
}

#[test]
fn a_guard_that_cannot_be_computed_is_stuck_not_skipped() {
    let only_if = output_is("missing", 1);
    let a = StepDef { compensate: Compensate::AutoIf { only_if }, ..act("a", &[]) };
    let mut d = Driver::start(workflow(vec![a]));
    d.settle_down();
    d.signal(rollback(None));
    assert_eq!(d.settle_down(), Phase::Stuck);
    assert!(undone(&d).is_empty());
}

/// A retry reads what its half-done forerunner left; what is put back is what stood there before.
#[test]
fn what_is_put_back_is_from_before_the_first_attempt_that_may_have_acted() {
    let verify = Some(output_is("attempt", 2));
    let mut d = Driver::start(workflow(vec![StepDef { verify, ..act("a", &[]) }]));
    d.outside.state.insert("a".into(), "old".into());
    assert_eq!(d.settle_down(), Phase::Failed, "it ended, but verify does not hold");
    let why = format!("{:?}", d.run.steps[0].forward.state);
    assert!(why.contains("does not hold: `outputs.attempt` is 1"), "{why}");
    assert_eq!(d.outside.state["a"], 1);
    d.resume();
    assert_eq!(d.settle_down(), Phase::Succeeded);
    assert_eq!(d.outside.state["a"], 2);
    d.signal(rollback(None));
    assert_eq!(d.settle_down(), Phase::RolledBack);
    assert_eq!(d.outside.state["a"], "old");
}

/// One that was refused has not touched anything: what stands there now is what is to come back.
#[test]
fn what_is_put_back_is_fresh_where_the_first_attempt_was_refused() {
    let mut d = Driver::start(chain(1));
    d.outside.fate("a0", Forward, &[Fate::Permanent]);
    assert_eq!(d.settle_down(), Phase::Failed);
    d.outside.state.insert("a0".into(), "somebody else's".into());
    d.resume();
    d.settle_down();
    d.signal(rollback(None));
    assert_eq!(d.settle_down(), Phase::RolledBack);
    assert_eq!(d.outside.state["a0"], "somebody else's");
}

#[test]
fn a_join_passes_the_way_back_on() {
    let mut d = Driver::start(wide(20));
    d.settle_down();
    d.signal(rollback(None));
    assert_eq!(d.settle_down(), Phase::RolledBack);
    let undone = undone(&d);
    assert_eq!((undone.len(), undone[0], undone[21]), (22, "last", "root"));
}

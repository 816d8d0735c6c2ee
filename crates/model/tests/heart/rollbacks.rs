//! The ways back: from every phase, partly, past a point of no return, through doubt.

use crate::rules::rollback;
use crate::support::*;
use windlass_model::Side::{Forward, Undo};
use windlass_model::catalog::{ActionTraits, EffectClass};
use windlass_model::observation::Signal;
use windlass_model::step::Compensate;
use windlass_model::workflow::OnFailure;
use windlass_model::{Decision, EventKind, Phase, StepDef, StepId, Value, Workflow};

/// The steps that were undone, in order.
pub fn undone(d: &Driver) -> Vec<&str> {
    d.outside.ledger.iter().filter(|(_, side)| *side == Undo).map(|(s, _)| s.as_str()).collect()
}

pub fn decide_step(d: &mut Driver, step: &str, decision: Decision) -> usize {
    let step = StepId::from(step);
    d.signal(Signal::Decide { step, decision, by: "ann".into(), reason: "seen".into() })
}

pub fn stuck_because(d: &Driver) -> String {
    let stuck = |e: &&windlass_model::Event| matches!(e.kind, EventKind::RunStuck { .. });
    match d.history.iter().rev().find(stuck).map(|e| &e.kind) {
        Some(EventKind::RunStuck { why }) => why.clone(),
        _ => panic!("it never was stuck\n{}", d.story()),
    }
}

#[test]
fn from_succeeded_everything_comes_back_in_reverse() {
    let mut d = Driver::start(chain(4));
    assert_eq!(d.settle_down(), Phase::Succeeded);
    d.signal(rollback(None));
    assert_eq!(d.settle_down(), Phase::RolledBack);
    assert_eq!(undone(&d), ["a3", "a2", "a1", "a0"]);
    assert!(d.outside.state.values().all(Value::is_null), "{:?}", d.outside.state);
}

#[test]
fn from_failed_the_failed_step_is_undone_too() {
    let mut d = Driver::start(chain(3));
    d.outside.fate("a1", Forward, &[Fate::Permanent]);
    assert_eq!(d.settle_down(), Phase::Failed);
    d.signal(rollback(None));
    assert_eq!(d.settle_down(), Phase::RolledBack);
    assert_eq!(undone(&d), ["a1", "a0"], "armed by its start; what never began stays out");
}

#[test]
fn from_paused_in_the_middle_of_a_remote_operation() {
    let mut d = Driver::start(chain(1));
    d.outside.fate("a0", Forward, &[Fate::Accepted(4)]);
    d.until("accepted", |d| d.said("attempt_accepted", "a0") == 1);
    d.signal(Signal::Pause { by: "ann".into() });
    assert_eq!(d.settle_down(), Phase::Paused);
    assert_eq!(d.outside.count("a0", Forward), 0, "it works on while the run stands still");
    d.resume();
    d.signal(rollback(None));
    assert_eq!(d.settle_down(), Phase::RolledBack);
    assert_eq!(d.outside.count("a0", Forward), 1, "it is followed to its end before it is undone");
    assert_eq!(undone(&d), ["a0"]);
}

#[test]
fn from_waiting_the_question_is_dropped() {
    let mut d = Driver::start(workflow(vec![act("a", &[]), approve("ok", &["a"])]));
    assert_eq!(d.settle_down(), Phase::Waiting);
    d.signal(rollback(None));
    assert_eq!(d.settle_down(), Phase::RolledBack);
    assert_eq!(undone(&d), ["a"]);
    let late =
        Signal::Answer { step: "ok".into(), value: true.into(), by: "ann".into(), note: None };
    assert_eq!(d.signal(late), 0, "an answer to a question of a run that ended means nothing");
}

#[test]
fn from_stuck_doubt_stays_until_a_human_tells() {
    for (decision, undone_once) in
        [(Decision::Done, true), (Decision::Skip, true), (Decision::Retry, true)]
    {
        let mut d = Driver::start(chain(1));
        d.outside.fate("a0", Forward, &[Fate::Blind]);
        assert_eq!(d.settle_down(), Phase::Stuck);
        d.signal(rollback(None));
        assert_eq!(d.settle_down(), Phase::Stuck, "nobody can tell yet whether it took place");
        assert!(stuck_because(&d).contains("it is not known whether `a0` took place"));
        assert_eq!(decide_step(&mut d, "a0", decision), 1);
        d.resume();
        assert_eq!(d.settle_down(), Phase::RolledBack, "{decision:?}\n{}", d.story());
        assert_eq!(undone(&d).len() == 1, undone_once);
        assert_eq!(d.outside.count("a0", Forward), 1, "nothing acts forward on the way back");
    }
}

#[test]
fn from_queued_nothing_is_undone_and_no_lock_is_waited_for() {
    let mut d = Driver::queued(chain(2));
    d.record(EventKind::RunQueued { behind: None });
    d.signal(rollback(None));
    assert_eq!(d.run.phase(), Phase::RolledBack);
    assert!(d.outside.calls.is_empty());
}

#[test]
fn partly_only_what_came_after_the_step() {
    let mut d = Driver::start(diamond());
    d.settle_down();
    d.signal(rollback(Some("b")));
    assert_eq!(d.settle_down(), Phase::Paused);
    assert_eq!(undone(&d), ["d"]);
    d.resume();
    assert_eq!(d.settle_down(), Phase::Paused, "there is no way forward any more");
    d.signal(rollback(Some("a")));
    assert_eq!(d.settle_down(), Phase::Paused);
    assert_eq!(undone(&d)[1..].len(), 2, "b and c, and d not again: {:?}", undone(&d));
    d.signal(rollback(None));
    assert_eq!(d.settle_down(), Phase::RolledBack);
    assert_eq!(undone(&d).last(), Some(&"a"));
    assert_eq!(undone(&d).len(), 4);
}

#[test]
fn partly_then_wholly_while_a_compensation_is_in_flight() {
    let mut d = Driver::start(chain(3));
    d.settle_down();
    d.outside.fate("a2", Undo, &[Fate::Accepted(3)]);
    d.signal(rollback(Some("a0")));
    d.until("a2's undo accepted", |d| d.said("attempt_accepted", "a2") == 1);
    d.signal(rollback(None));
    assert_eq!(d.settle_down(), Phase::RolledBack);
    assert_eq!(undone(&d), ["a2", "a1", "a0"]);
}

#[test]
fn to_a_step_that_does_not_exist_undoes_nothing() {
    let mut d = Driver::start(chain(2));
    d.settle_down();
    assert_eq!(d.signal(rollback(Some("a7"))), 0);
    let to = Some(StepId::from("a7"));
    let refused = d
        .try_record(EventKind::RollbackStarted { by: "x".into(), reason: "y".into(), to })
        .unwrap_err();
    assert!(refused.to_string().contains("`a7`"), "{refused}");
}

/// D6: what came after the point of no return is undone, what came before it stays.
#[test]
fn a_point_of_no_return_is_where_it_stops() {
    let no_return = |class, irreversible| {
        let traits = ActionTraits { class, compensates: false, ..traits() };
        StepDef { irreversible, ..act_with("b", &["a"], traits) }
    };
    for middle in
        [no_return(EffectClass::Reversible, true), no_return(EffectClass::Irreversible, false)]
    {
        let mut d = Driver::start(workflow(vec![act("a", &[]), middle, act("c", &["b"])]));
        d.settle_down();
        d.signal(rollback(None));
        assert_eq!(d.settle_down(), Phase::Stuck);
        assert_eq!(undone(&d), ["c"]);
        assert!(stuck_because(&d).contains("point of no return"), "{}", stuck_because(&d));
        d.resume();
        assert_eq!(d.settle_down(), Phase::Stuck, "it is still one");
        assert_eq!(decide_step(&mut d, "b", Decision::Skip), 1);
        d.resume();
        assert_eq!(d.settle_down(), Phase::RolledBack);
        assert_eq!(undone(&d), ["c", "a"]);
    }
}

#[test]
fn a_point_of_no_return_that_was_never_passed_is_none() {
    let b = StepDef { irreversible: true, ..act("b", &["a"]) };
    let mut d = Driver::start(workflow(vec![act("a", &[]), b]));
    d.outside.fate("b", Forward, &[Fate::LostBefore]);
    d.until("b in doubt", |d| d.said("attempt_in_doubt", "b") == 1);
    d.signal(rollback(None));
    assert_eq!(d.settle_down(), Phase::RolledBack, "a probe saw that it never arrived");
    assert_eq!(undone(&d), ["a"]);
}

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
        with("none", &["no"], Compensate::None { reason: Some("it is only a log".into()) }),
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

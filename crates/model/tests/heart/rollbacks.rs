//! The ways back: from every phase, partly, past a point of no return, through doubt.

use crate::rules::rollback;
use crate::support::*;
use windlass_model::Side::{Forward, Undo};
use windlass_model::catalog::{ActionTraits, EffectClass};
use windlass_model::observation::Signal;
use windlass_model::{Decision, EventKind, Phase, StepDef, StepId, Value};

/// The steps that were undone, in order.
pub fn undone(d: &Driver) -> Vec<&str> {
    d.outside.ledger.iter().filter(|(_, side)| *side == Undo).map(|(s, _)| s.as_str()).collect()
}

pub fn decide_step(d: &mut Driver, step: &str, decision: Decision) -> usize {
    let step = StepId::from(step);
    d.signal(Signal::Decide {
        step,
        decision,
        by: "ann".into(),
        reason: "seen".into(),
        output: None,
    })
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
    let late = Signal::Answer {
        step: "ok".into(),
        value: true.into(),
        by: "ann".into(),
        note: None,
        evidence: Vec::new(),
    };
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
        assert_eq!(decide_step(&mut d, "b", Decision::Skip), 0, "nobody goes on past it");
        assert_eq!(decide_step(&mut d, "b", Decision::Done), 1, "but who undid it by hand");
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

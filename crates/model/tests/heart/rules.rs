//! The ten rules of the architecture, each a named test.

use crate::support::*;
use windlass_model::Side::{Forward, Undo};
use windlass_model::apply::apply;
use windlass_model::checkpoint;
use windlass_model::decide::{Verb, decide};
use windlass_model::lane::AttemptState;
use windlass_model::run::Run;
use windlass_model::{Event, EventKind, Guarded, Phase};

#[test]
fn rule_01_intent_before_act() {
    let mut d = Driver::start(chain(3));
    while d.turn(0) {
        for call in &d.pending {
            if call.verb == Verb::Act {
                let attempt = d.run.lane(call.lane).and_then(|l| l.attempt.as_deref()).unwrap();
                assert_eq!(attempt.number, call.attempt);
                assert_eq!(attempt.input["of"], d.workflow.step(call.lane.0).id.as_str());
                assert!(matches!(attempt.captured, Some(Guarded::Sealed(_))));
                assert!(attempt.not_before.is_some());
            }
        }
    }
    assert_eq!(d.run.phase(), Phase::Succeeded);
}

#[test]
fn rule_02_crash_is_doubt() {
    for fate in [Fate::LostBefore, Fate::LostAfter, Fate::LostAccepted(2), Fate::Hangs] {
        let mut d = Driver::start(chain(1));
        d.outside.fate("a0", Forward, &[fate]);
        d.until("an act", |d| d.pending.iter().any(|c| c.verb == Verb::Act));
        let call = d.pending.remove(0);
        let attempt = call.attempt;
        // The world sees the request; nobody here sees the answer.
        d.outside.act(("a0".into(), Forward), attempt, 1.into());
        d.crash();
        assert!(matches!(d.lane("a0", Forward).in_flight(), Some(AttemptState::InDoubt { .. })));
        assert_eq!(d.settle_down(), Phase::Succeeded);
        assert_eq!(d.outside.count("a0", Forward), 1, "{fate:?}\n{}", d.story());
    }
}

#[test]
fn rule_02_absent_counts_only_after_the_settle_time() {
    let traits = windlass_model::catalog::ActionTraits { settle_ms: 120_000, ..traits() };
    let mut d = Driver::start(workflow(vec![act_with("a", &[], traits)]));
    d.outside.fate("a", Forward, &[Fate::LostBefore]);
    let before = d.now;
    assert_eq!(d.settle_down(), Phase::Succeeded);
    assert_eq!(d.said("attempt_found_absent", "a"), 1);
    let absent = d.history.iter().find(|e| e.kind.name() == "attempt_found_absent").unwrap();
    assert!(absent.at.since(before) >= 120_000);
}

#[test]
fn rule_03_handles_survive() {
    let mut d = Driver::start(chain(1));
    d.outside.fate("a0", Forward, &[Fate::Accepted(5)]);
    d.until("accepted", |d| d.said("attempt_accepted", "a0") == 1);
    d.crash();
    assert_eq!(d.lane("a0", Forward).in_flight(), Some(&AttemptState::Accepted));
    assert_eq!(d.settle_down(), Phase::Succeeded);
    let acts = d.outside.calls.iter().filter(|(_, verb)| *verb == "act").count();
    let probes = d.outside.calls.iter().filter(|(_, verb)| *verb == "probe").count();
    assert_eq!((acts, probes), (1, 0), "a durable handle is polled, neither sent again nor probed");
}

#[test]
fn rule_04_state_is_the_fold_of_events() {
    let mut d = Driver::start(diamond());
    d.outside.fate("b", Forward, &[Fate::Transient, Fate::LostAccepted(3)]);
    d.settle_down();
    d.signal(rollback(None));
    d.settle_down();
    for cut in 0..=d.history.len() {
        let mut run = Run::new(d.run.id, &d.workflow);
        let (head, tail) = d.history.split_at(cut);
        windlass_model::apply::fold(&d.workflow, &mut run, head).unwrap();
        let mut again = checkpoint::read(&checkpoint::write(&run).unwrap()).unwrap();
        assert_eq!(again, run, "the checkpoint at {cut}");
        windlass_model::apply::fold(&d.workflow, &mut again, tail).unwrap();
        assert_eq!(again, d.run, "checkpoint and tail at {cut}");
    }
}

#[test]
fn rule_05_only_finished_is_finished() {
    let mut d = Driver::start(chain(2));
    assert_eq!(d.settle_down(), Phase::Succeeded);
    let again = d.history[1].kind.clone();
    assert!(d.try_record(again).is_err(), "a finished step starts again");
    for kind in [
        EventKind::RunResumed { by: "x".into() },
        EventKind::RunStarted { by: "x".into() },
        EventKind::RunPaused,
        EventKind::RunCancelled,
        EventKind::PauseRequested { by: "x".into() },
        EventKind::CancelRequested { by: "x".into(), keep: true },
    ] {
        assert!(d.try_record(kind.clone()).is_err(), "{kind:?} moved a finished run");
    }
    assert_eq!(d.signal(rollback(None)), 1, "a finished run accepts a rollback");
    assert_eq!(d.settle_down(), Phase::RolledBack);
    assert_eq!(d.signal(rollback(None)), 0, "and then nothing");
}

#[test]
fn rule_06_compensation_is_armed_by_the_start() {
    let mut d =
        Driver::start(workflow(vec![windlass_model::StepDef { retry: once(), ..act("a", &[]) }]));
    d.outside.fate("a", Forward, &[Fate::FailsLater(2)]);
    assert_eq!(d.settle_down(), Phase::Failed);
    d.signal(rollback(None));
    assert_eq!(d.settle_down(), Phase::RolledBack);
    assert_eq!(d.outside.count("a", Undo), 1, "half done is undone");
}

#[test]
fn rule_07_rollback_resolves_doubt_then_compensates_in_reverse() {
    let mut d = Driver::start(diamond());
    d.outside.fate("d", Forward, &[Fate::LostAfter]);
    d.until("d in doubt", |d| d.said("attempt_in_doubt", "d") == 1);
    d.signal(rollback(None));
    assert_eq!(d.settle_down(), Phase::RolledBack);
    let undone: Vec<&str> =
        d.outside.ledger.iter().filter(|(_, s)| *s == Undo).map(|(s, _)| s.as_str()).collect();
    assert_eq!((undone[0], undone[3]), ("d", "a"), "{undone:?}");
    assert_eq!(undone.len(), 4);
    let doubt_over = d.history.iter().position(|e| is(e, "attempt_succeeded", "d")).unwrap();
    let undo = d
        .history
        .iter()
        .position(|e| e.kind.lane().is_some_and(|(s, side)| s.as_str() == "d" && side == Undo));
    assert!(doubt_over < undo.unwrap(), "it is undone before its end was known");
}

#[test]
fn rule_07_a_failed_compensation_is_stuck_with_a_sentence() {
    let mut d = Driver::start(chain(2));
    d.settle_down();
    d.outside.fate("a1", Undo, &[Fate::Permanent]);
    d.signal(rollback(None));
    assert_eq!(d.settle_down(), Phase::Stuck);
    let EventKind::RunStuck { why } = &d.history.last().unwrap().kind else { panic!() };
    assert!(why.contains("`a1` could not be undone: not allowed"), "{why}");
    assert_eq!(d.outside.count("a0", Undo), 0, "what it stands on stays");
    d.resume();
    assert_eq!(d.settle_down(), Phase::RolledBack);
}

#[test]
fn rule_08_no_clock_no_randomness_no_map_order() {
    let run = || {
        let mut d = Driver::start(wide(5));
        d.outside.fate("leaf[3]", Forward, &[Fate::Transient, Fate::LostBefore]);
        d.settle_down();
        serde_json::to_string(&d.history).unwrap()
    };
    assert_eq!(run(), run());
}

#[test]
fn rule_09_one_writer() {
    let mut d = Driver::start(chain(1));
    for seq in [0, 1, 3, u64::MAX] {
        let event = Event { seq, at: START, kind: EventKind::RunPaused };
        let before = d.run.clone();
        let refused = apply(&d.workflow, &mut d.run, &event).unwrap_err().to_string();
        assert!(refused.contains('2') && refused.contains(&seq.to_string()), "{refused}");
        assert_eq!(d.run, before);
    }
}

/// By counting, not by time: the timing is the benchmark's.
#[test]
fn rule_10_cost_grows_with_the_work() {
    for n in [100, 1_000] {
        let mut d = Driver::start(wide(n));
        d.until("the root's end", |d| d.lane("root", Forward).finished());
        let commands = decide(&d.workflow, &d.run, d.now, &d.busy);
        assert!(commands.len() <= 8 + 2, "{} commands of {n} ready steps", commands.len());
        // A leaf's end touches the join and nothing else.
        d.until("one leaf's end", |d| d.run.unfinished as usize <= n + 1);
        let ready = d.run.ready.len();
        let before = d.run.clone();
        d.turn(0);
        let touched = before.steps.iter().zip(&d.run.steps).filter(|(a, b)| a != b).count();
        assert!(touched <= 3, "{touched} steps of {n} were touched by one call's end");
        assert!(d.run.ready.len() >= ready.saturating_sub(8));
    }
    let of = |n: usize| {
        let mut d = Driver::start(chain(n));
        d.settle_down();
        d.history.len()
    };
    assert_eq!(of(200) - of(100), of(300) - of(200), "events grow with the steps");
}

pub fn rollback(to: Option<&str>) -> windlass_model::observation::Signal {
    windlass_model::observation::Signal::Rollback {
        by: "ann".into(),
        reason: "test".into(),
        to: to.map(windlass_model::StepId::from),
    }
}

fn is(event: &Event, name: &str, step: &str) -> bool {
    event.kind.name() == name && event.kind.lane().is_some_and(|(s, _)| s.as_str() == step)
}

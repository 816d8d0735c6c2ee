//! When a step may begin: its window, its earliest time, the pause before a round; and what stands
//! behind the rounds.

use crate::support::*;
use serde_json::json;
use windlass_model::Side::Forward;
use windlass_model::expr::Template;
use windlass_model::lane::LaneState;
use windlass_model::observation::Signal;
use windlass_model::step::Gate;
use windlass_model::window::Window;
use windlass_model::{EventKind, Phase, StepDef, Timestamp, Work};

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

fn night() -> Gate {
    let (from, to) = ("03:00".to_owned(), "05:00".to_owned());
    Gate { window: Some(Window { zone: None, days: Vec::new(), from, to }), ..Gate::default() }
}

fn not_before(text: &str) -> Gate {
    Gate { not_before: Some(Template::Literal(text.into())), ..Gate::default() }
}

fn gated(step: StepDef, gate: Gate, now: &str) -> Driver {
    let mut d = Driver::queued(workflow(vec![StepDef { gate, ..step }]));
    d.now = at(now);
    d.record(EventKind::RunStarted { by: "ann".into() });
    d.decide();
    d
}

fn sleeps_until(d: &Driver, text: &str) {
    assert_eq!(d.lane("a", Forward).state, LaneState::Sleeping(at(text)), "{}", d.story());
    assert_eq!((d.run.phase(), d.wake), (Phase::Waiting, Some(at(text))));
}

#[test]
fn a_step_begins_when_its_window_opens_and_not_in_the_one_it_slept_over() {
    for capturing in [true, false] {
        let step = || match capturing {
            true => act("a", &[]),
            false => approve("a", &[]),
        };
        let begun = |d: &Driver| match capturing {
            true => d.said("attempt_started", "a") == 1,
            false => d.said("signal_awaited", "a") == 1,
        };
        let mut open = gated(step(), night(), "2026-11-27T03:30:00Z");
        open.turn(0);
        open.decide();
        assert!(begun(&open), "an open window holds up nothing");
        let mut d = gated(step(), night(), "2026-11-27T01:00:00Z");
        sleeps_until(&d, "2026-11-27T03:00:00Z");
        d.crash();
        d.decide();
        sleeps_until(&d, "2026-11-27T03:00:00Z");
        d.now = at("2026-11-27T05:00:00Z");
        d.decide();
        sleeps_until(&d, "2026-11-28T03:00:00Z");
        assert!(!begun(&d), "past the window");
        d.until("it begins", begun);
        let phase = d.settle_down();
        assert_eq!(phase, if capturing { Phase::Succeeded } else { Phase::Waiting });
        assert_eq!(d.now, at("2026-11-28T03:00:00Z"));
    }
}

#[test]
fn another_attempt_begins_in_the_window_too() {
    let mut d = gated(act("a", &[]), night(), "2026-11-27T04:59:59Z");
    d.outside.fate("a", Forward, &[Fate::Transient]);
    d.until("the next attempt", |d| d.said("attempt_started", "a") == 2);
    assert_eq!(d.now, at("2026-11-28T03:00:00Z"));
    assert_eq!(d.settle_down(), Phase::Succeeded);
}

#[test]
fn an_earliest_time_of_day_is_worked_out_once() {
    let mut d = gated(act("a", &[]), not_before("03:00"), "2026-11-27T01:00:00Z");
    sleeps_until(&d, "2026-11-27T03:00:00Z");
    d.outside.fate("a", Forward, &[Fate::Permanent]);
    d.outside.readings.entry(("a".to_owned(), Forward)).or_default().push_back(Reading::Permanent);
    assert_eq!(d.settle_down(), Phase::Failed, "the previous state could not be read");
    assert_eq!(d.lane("a", Forward).attempts, 0);
    d.now = at("2026-11-27T09:00:00Z");
    d.resume();
    assert_eq!(d.settle_down(), Phase::Failed, "it does not wait for tomorrow");
    assert_eq!((d.lane("a", Forward).attempts, d.now), (1, at("2026-11-27T09:00:00Z")));
}

#[test]
fn an_earliest_time_that_is_past_or_no_time() {
    let mut past = gated(act("a", &[]), not_before("2026-11-27T00:00:00Z"), "2026-11-27T01:00:00Z");
    assert_eq!(past.settle_down(), Phase::Succeeded);
    assert_eq!(past.now, at("2026-11-27T01:00:00Z"));
    let mut none = gated(act("a", &[]), not_before("soon"), "2026-11-27T01:00:00Z");
    assert_eq!(none.settle_down(), Phase::Failed);
}

#[test]
fn an_earliest_time_and_a_window_are_both_kept() {
    let gate = Gate { window: night().window, ..not_before("2026-11-27T06:00:00Z") };
    let mut d = gated(act("a", &[]), gate, "2026-11-27T03:30:00Z");
    sleeps_until(&d, "2026-11-27T06:00:00Z");
    assert_eq!(d.settle_down(), Phase::Succeeded);
    assert_eq!(d.now, at("2026-11-28T03:00:00Z"));
}

#[test]
fn what_is_not_to_run_waits_for_nothing_and_the_way_back_neither() {
    let skipped = StepDef { condition: Some(constant(false)), ..act("a", &[]) };
    let mut d = gated(skipped, night(), "2026-11-27T01:00:00Z");
    assert_eq!(d.settle_down(), Phase::Succeeded);
    assert_eq!(d.now, at("2026-11-27T01:00:00Z"));
    let mut back = gated(act("a", &[]), night(), "2026-11-27T04:00:00Z");
    back.settle_down();
    back.now = at("2026-11-27T12:00:00Z");
    back.signal(Signal::Rollback { by: "ann".into(), reason: "no".into(), to: None });
    assert_eq!(back.settle_down(), Phase::RolledBack);
    assert_eq!(back.now, at("2026-11-27T12:00:00Z"));
}

#[test]
fn steps_whose_gates_open_at_once_keep_to_the_room() {
    let steps = ["a", "b", "c"].map(|id| StepDef { gate: night(), ..act(id, &[]) });
    let mut d = Driver::queued(workflow_with(steps.into(), |def| def.max_parallel = 1));
    d.now = at("2026-11-27T01:00:00Z");
    d.record(EventKind::RunStarted { by: "ann".into() });
    let mut most = 0;
    while d.turn(0) {
        most = most.max(d.run.active.len());
    }
    assert_eq!((most, d.run.phase()), (1, Phase::Succeeded));
}

/// Three rounds as a file's `repeat` becomes them.
fn rounds(until_attempt: u32) -> Driver {
    let pause = Gate { pause_ms: Some(30_000), ..Gate::default() };
    let steps = vec![
        act("look[1]", &[]),
        StepDef { gate: pause.clone(), ..act("look[2]", &["look[1]"]) },
        StepDef { gate: pause, ..act("look[3]", &["look[2]"]) },
        StepDef {
            needs: ["look[1]", "look[2]", "look[3]"].map(Into::into).into(),
            ..StepDef::new("look", Work::Rounds { until: output_is("attempt", until_attempt) })
        },
    ];
    Driver::start(workflow(steps))
}

#[test]
fn rounds_pause_and_their_end_gives_the_last_one_s_outputs() {
    let mut d = rounds(1);
    assert_eq!(d.settle_down(), Phase::Succeeded, "{}", d.story());
    assert_eq!(d.now, START.after(60_000));
    assert_eq!(d.run.steps[3].output, json!({ "attempt": 1 }));
}

#[test]
fn rounds_that_were_not_enough_fail_and_an_operator_who_calls_one_done_is_believed() {
    let mut d = rounds(2);
    assert_eq!(d.settle_down(), Phase::Failed);
    let LaneState::Failed { failure, .. } = &d.lane("look", Forward).state else { panic!() };
    assert!(failure.message.ends_with("does not hold after 3 rounds"), "{}", failure.message);
    let mut d = rounds(2);
    d.outside.fate("look[3]", Forward, &[Fate::Permanent]);
    assert_eq!(d.settle_down(), Phase::Failed);
    let (by, reason) = ("ann".to_owned(), "seen".to_owned());
    let decision = windlass_model::Decision::Done;
    d.signal(Signal::Decide { step: "look[3]".into(), decision, by, reason, output: None });
    d.resume();
    assert_eq!(d.settle_down(), Phase::Succeeded);
    assert!(d.run.steps[3].output.is_null());
}

#[test]
fn no_round_at_all_is_skipped() {
    let no = StepDef { condition: Some(constant(false)), ..act("look[1]", &[]) };
    let end = Work::Rounds { until: output_is("attempt", 1) };
    let end = StepDef { needs: vec!["look[1]".into()], ..StepDef::new("look", end) };
    let mut d = Driver::start(workflow(vec![no, end]));
    assert_eq!(d.settle_down(), Phase::Succeeded);
    assert_eq!(d.said("step_skipped", "look"), 1);
}

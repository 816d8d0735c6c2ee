//! Retries, timeouts, settle times, polls and the room that attempts take: everything with a clock
//! in it.

use crate::rules::rollback;
use crate::support::*;
use std::collections::BTreeSet;
use windlass_model::Side::Forward;
use windlass_model::catalog::ActionTraits;
use windlass_model::decide::Verb;
use windlass_model::lane::LaneState;
use windlass_model::observation::{ActionError, Observation, Polled, Probed, Sighting};
use windlass_model::run::Run;
use windlass_model::settle::backoff_ms;
use windlass_model::step::{OnInDoubt, Retry};
use windlass_model::{EventKind, Failure, Phase, RunId, StepDef};

#[test]
fn delays_double_are_capped_and_jitter_is_the_same_in_every_replay() {
    let retry = Retry { max_attempts: 9, initial_ms: 10_000, max_delay_ms: 60_000, factor: 2 };
    let run = Run::new(RunId(uuid::Uuid::from_u128(42)), &chain(1));
    let other = Run::new(RunId(uuid::Uuid::from_u128(43)), &chain(1));
    let caps = [10_000, 20_000, 40_000, 60_000, 60_000];
    let mut delays = BTreeSet::new();
    for (attempt, cap) in (1..).zip(caps) {
        let delay = backoff_ms(&retry, &run, "copy", attempt);
        assert!((cap / 2..=cap).contains(&delay), "{attempt}: {delay}");
        assert_eq!(delay, backoff_ms(&retry, &run, "copy", attempt));
        delays.insert(delay);
        delays.insert(backoff_ms(&retry, &other, "copy", attempt));
        delays.insert(backoff_ms(&retry, &run, "deploy", attempt));
    }
    assert!(delays.len() >= 14, "what differs in run, step or attempt waits differently");
    assert!(backoff_ms(&retry, &run, "copy", u32::MAX) <= 60_000);
}

#[test]
fn a_step_fails_after_its_last_attempt_and_resume_grants_all_of_them_again() {
    let mut d = Driver::start(chain(1));
    d.outside.fate("a0", Forward, &[Fate::Transient; 5]);
    assert_eq!(d.settle_down(), Phase::Failed);
    assert_eq!(d.lane("a0", Forward).attempts, 3);
    d.resume();
    assert_eq!(d.settle_down(), Phase::Succeeded);
    assert_eq!(d.lane("a0", Forward).attempts, 6);
}

#[test]
fn the_service_s_own_delay_is_kept() {
    let mut d = Driver::start(chain(1));
    d.until("an act", |d| d.pending.iter().any(|c| c.verb == Verb::Act));
    let call = d.pending.remove(0);
    let failure =
        Failure { retry_after_ms: Some(3_600_000), ..Failure::transient("throttled", "later") };
    let seen = Sighting::Acted(Err(ActionError::Transient(failure)));
    let (step, side) = call.lane;
    d.observe(Observation { step, side, attempt: call.attempt, seen });
    assert_eq!(d.lane("a0", Forward).state, LaneState::RetryAt(d.now.after(3_600_000)));
}

#[test]
fn a_previous_state_that_cannot_be_read_is_tried_again_and_then_fails_unarmed() {
    let mut d = Driver::start(chain(1));
    let readings = [Reading::Transient, Reading::Transient, Reading::Transient];
    d.outside.readings.insert(("a0".into(), Forward), readings.into());
    assert_eq!(d.settle_down(), Phase::Failed, "{}", d.story());
    assert_eq!(d.said("retry_scheduled", "a0"), 2);
    assert!(!d.lane("a0", Forward).armed);
    d.signal(rollback(None));
    assert_eq!(d.settle_down(), Phase::RolledBack);
    assert!(d.outside.ledger.is_empty(), "nothing was done, nothing is undone");
}

#[test]
fn a_capture_that_ends_while_another_step_has_failed_starts_nothing() {
    let mut d = Driver::start(workflow(vec![act("a", &[]), act("b", &[])]));
    d.outside.readings.insert(("a".into(), Forward), [Reading::Permanent].into());
    d.decide();
    assert_eq!(d.pending.len(), 2);
    assert_eq!(d.settle_down(), Phase::Failed);
    assert_eq!(d.said("attempt_started", "b"), 0);
}

#[test]
fn a_remote_operation_past_its_time_fails_in_doubt_and_resume_follows_it() {
    let copy = StepDef { timeout_ms: Some(10_000), ..act("copy", &[]) };
    let mut d = Driver::start(workflow(vec![copy]));
    d.outside.fate("copy", Forward, &[Fate::Accepted(25)]);
    assert_eq!(d.settle_down(), Phase::Failed);
    let failed = &d.lane("copy", Forward).state;
    assert!(matches!(failed, LaneState::Failed { in_doubt: true, .. }), "{failed:?}");
    // Each resume grants the whole time again: 25 polls of a second in windows of ten.
    d.resume();
    assert_eq!(d.settle_down(), Phase::Failed);
    d.resume();
    assert_eq!(d.settle_down(), Phase::Succeeded, "{}", d.story());
    assert_eq!(d.outside.count("copy", Forward), 1);
    assert_eq!(d.lane("copy", Forward).attempts, 1);
}

/// The engine was dead for longer than the attempt had time: what it finds first is a look, no
/// failure.
#[test]
fn a_remote_operation_that_ended_while_nobody_watched_is_found_ended() {
    let copy = StepDef { timeout_ms: Some(10_000), ..act("copy", &[]) };
    let mut d = Driver::start(workflow(vec![copy]));
    d.outside.fate("copy", Forward, &[Fate::Accepted(1)]);
    d.until("accepted", |d| d.said("attempt_accepted", "copy") == 1);
    d.die();
    d.now = d.now.after(3_600_000);
    d.resume();
    assert_eq!(d.settle_down(), Phase::Succeeded, "{}", d.story());
    assert_eq!(d.said("step_failed", "copy"), 0);
}

#[test]
fn a_call_past_its_time_is_let_go_and_looked_for() {
    let a = StepDef { timeout_ms: Some(60_000), ..act("a", &[]) };
    let mut d = Driver::start(workflow(vec![a]));
    d.outside.fate("a", Forward, &[Fate::Hangs]);
    let from = d.now;
    assert_eq!(d.settle_down(), Phase::Succeeded);
    assert!(d.now.since(from) >= 60_000);
    assert_eq!((d.said("attempt_in_doubt", "a"), d.outside.count("a", Forward)), (1, 1));
}

/// A look takes its time, other lanes' ends make the engine decide meanwhile, and the attempt's own
/// time is long over: the look must be let end.
#[test]
fn a_look_after_the_attempt_s_time_is_not_let_go() {
    let a = StepDef { timeout_ms: Some(60_000), ..act("a", &[]) };
    let mut d = Driver::start(workflow(vec![a]));
    d.outside.fate("a", Forward, &[Fate::Hangs]);
    d.until("let go", |d| d.said("attempt_in_doubt", "a") == 1);
    d.decide();
    assert_eq!(d.pending[0].verb, Verb::Probe);
    let seq = d.run.seq;
    for _ in 0..5 {
        d.now = d.now.after(60_000);
        d.decide();
    }
    assert_eq!((d.run.seq, d.pending.len()), (seq, 1), "{}", d.story());
}

#[test]
fn looks_that_fail_are_repeated_and_then_a_human_is_asked() {
    for verb in [Verb::Poll, Verb::Probe] {
        let mut d = Driver::start(chain(1));
        let fate = if verb == Verb::Poll { Fate::Accepted(9) } else { Fate::LostAfter };
        d.outside.fate("a0", Forward, &[fate]);
        let from = d.now;
        for _ in 0..10_000 {
            d.decide();
            let Some(call) = d.pending.pop() else {
                match d.wake {
                    Some(at) => d.now = at,
                    None => break,
                }
                continue;
            };
            let away = ActionError::Transient(Failure::transient("away", "the service is away"));
            let seen = match call.verb {
                Verb::Poll => Sighting::Polled(Err::<Polled, _>(away)),
                Verb::Probe => Sighting::Probed(Err::<Probed, _>(away)),
                _ => {
                    d.answer(call);
                    continue;
                }
            };
            let (step, side) = call.lane;
            d.observe(Observation { step, side, attempt: call.attempt, seen });
        }
        assert_eq!(d.run.phase(), Phase::Stuck, "{verb:?}\n{}", d.story());
        assert!(d.now.since(from) >= 20 * 60_000, "not before some twenty minutes");
        assert!(d.history.len() < 12, "a failed look is no event: {}", d.history.len());
    }
}

/// A poll that knows nothing and a probe that sees it at work must not write events as fast as they
/// can.
#[test]
fn poll_and_probe_that_contradict_each_other_take_their_time() {
    let mut d = Driver::start(chain(1));
    d.outside.fate("a0", Forward, &[Fate::Accepted(9)]);
    let from = d.now;
    while d.history.len() < 50 {
        d.decide();
        let Some(call) = d.pending.pop() else {
            d.now = d.wake.expect("it goes on");
            continue;
        };
        let seen = match call.verb {
            Verb::Poll => Sighting::Polled(Err(ActionError::InDoubt("what operation?".into()))),
            Verb::Probe => Sighting::Probed(Ok(Probed::InProgress("that one".into()))),
            _ => {
                d.answer(call);
                continue;
            }
        };
        let (step, side) = call.lane;
        d.observe(Observation { step, side, attempt: call.attempt, seen });
    }
    assert!(d.now.since(from) >= 40 * 2_000);
}

#[test]
fn requests_that_never_arrive_are_not_sent_for_ever() {
    let mut d = Driver::start(chain(1));
    d.outside.fate("a0", Forward, &[Fate::LostBefore; 20]);
    assert_eq!(d.settle_down(), Phase::Failed);
    assert_eq!(d.lane("a0", Forward).attempts, 5);
    d.resume();
    assert_eq!(d.settle_down(), Phase::Failed);
    assert_eq!(d.lane("a0", Forward).attempts, 10);
}

#[test]
fn rerun_is_bounded_and_stays_armed() {
    let a = StepDef { on_in_doubt: OnInDoubt::Rerun, ..act("a", &[]) };
    let mut d = Driver::start(workflow(vec![a]));
    d.outside.fate("a", Forward, &[Fate::LostAfter; 20]);
    let from = d.now;
    assert_eq!(d.settle_down(), Phase::Failed);
    assert_eq!(d.lane("a", Forward).attempts, 3, "by the policy of failed attempts");
    assert!(d.now.since(from) >= 5_000, "with its delays");
    assert!(d.lane("a", Forward).armed, "each may have acted");
    assert!(d.outside.calls.iter().all(|(_, verb)| *verb != "probe"));
    d.signal(rollback(None));
    assert_eq!(d.settle_down(), Phase::RolledBack);
}

#[test]
fn ask_asks_without_a_look() {
    let a = StepDef { on_in_doubt: OnInDoubt::Ask, ..act("a", &[]) };
    let mut d = Driver::start(workflow(vec![a]));
    d.outside.fate("a", Forward, &[Fate::LostAfter]);
    assert_eq!(d.settle_down(), Phase::Stuck);
    assert!(d.outside.calls.iter().all(|(_, verb)| *verb != "probe"));
    d.resume();
    assert_eq!(d.settle_down(), Phase::Stuck, "a resume does not look either");
}

#[test]
fn never_more_in_flight_than_there_is_room_retries_included() {
    let steps: Vec<StepDef> = (0..20).map(|i| act(&format!("s{i}"), &[])).collect();
    let mut d = Driver::start(workflow_with(steps, |def| def.max_parallel = 3));
    for i in 0..20 {
        d.outside.fate(&format!("s{i}"), Forward, &[Fate::Transient, Fate::Transient]);
    }
    let mut most = 0;
    loop {
        d.decide();
        most = most.max(d.busy.calls.union(&d.run.active).count());
        if !d.pending.is_empty() {
            d.turn(1);
        } else if d.wake.is_some() {
            // Time leaps, so that many retries are due at once.
            d.now = d.now.after(600_000);
        } else {
            break;
        }
    }
    assert_eq!((most, d.run.phase()), (3, Phase::Succeeded));
}

#[test]
fn what_asks_a_human_takes_no_room() {
    let steps = vec![act("a", &[]), act("b", &[])];
    let mut d = Driver::start(workflow_with(steps, |def| def.max_parallel = 1));
    d.outside.fate("a", Forward, &[Fate::Blind]);
    assert_eq!(d.settle_down(), Phase::Stuck);
    assert_eq!(d.outside.count("b", Forward), 1, "the rest goes on as far as it can");
}

#[test]
fn a_wait_is_over_when_its_time_has_come_even_if_nobody_looked() {
    let mut d = Driver::start(workflow(vec![sleep("w", &[], "90s"), act("a", &["w"])]));
    d.decide();
    let until = START.after(90_000);
    assert_eq!(d.lane("w", Forward).state, LaneState::Sleeping(until));
    assert_eq!((d.run.phase(), d.wake), (Phase::Waiting, Some(until)));
    d.die();
    d.now = until.after(1_000_000);
    d.resume();
    assert_eq!(d.settle_down(), Phase::Succeeded);
    assert_eq!(d.run.steps[0].output["until"], until.to_string());
}

#[test]
fn absent_within_the_settle_time_is_looked_for_again() {
    let slow = ActionTraits { settle_ms: 120_000, ..traits() };
    let mut d = Driver::start(workflow(vec![act_with("a", &[], slow)]));
    d.outside.fate("a", Forward, &[Fate::LostBefore]);
    d.until("in doubt", |d| d.said("attempt_in_doubt", "a") == 1);
    d.turn(0);
    d.decide();
    assert_eq!(d.wake, Some(START.after(120_000)));
    assert_eq!(d.said("attempt_found_absent", "a"), 0);
}

/// The run lay still over its window: it waits for the next one instead of acting in the day.
#[test]
fn a_window_that_closed_while_nobody_drove_the_run_is_waited_for_again() {
    let (from, to) = ("03:00".to_owned(), "05:00".to_owned());
    let window = windlass_model::window::Window { zone: None, days: Vec::new(), from, to };
    let work = windlass_model::Work::WaitWindow { window };
    let mut run = Driver::queued(workflow(vec![windlass_model::StepDef::new("w", work)]));
    run.record(EventKind::RunStarted { by: "t".into() });
    let at = |text: &str| windlass_model::Timestamp::parse(text).expect("a time");
    let next = |d: &Driver, now: &str| {
        let busy = windlass_model::decide::Busy::default();
        let said = windlass_model::decide::decide(&d.workflow, &d.run, at(now), &busy);
        said.into_iter().find_map(|command| match command {
            windlass_model::decide::Command::Record(kind) => Some(kind),
            _ => None,
        })
    };
    let until = |kind: &Option<EventKind>| match kind {
        Some(EventKind::TimerSet { until, .. }) => until.to_string(),
        other => panic!("{other:?}"),
    };
    let first = next(&run, "2026-11-27T01:00:00Z");
    assert_eq!(until(&first), "2026-11-27T03:00:00.000Z");
    run.record(first.expect("a timer"));
    assert_eq!(next(&run, "2026-11-27T02:59:00Z"), None, "asleep");
    let late = next(&run, "2026-11-27T05:00:00Z");
    assert_eq!(until(&late), "2026-11-28T03:00:00.000Z");
    run.record(late.expect("another timer"));
    let inside = next(&run, "2026-11-28T04:59:00Z");
    let Some(EventKind::StepSucceeded { output, .. }) = inside else { panic!("{inside:?}") };
    assert_eq!(output["closes"], "2026-11-28T05:00:00.000Z");
}

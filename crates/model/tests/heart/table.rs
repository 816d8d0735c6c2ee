//! The transition table: every event against every place where a run and its lane can stand. What
//! `LEGAL` lists moves as it says; everything else is refused, names both sides and changes
//! nothing.

use crate::support::*;
use proptest::prelude::*;
use std::collections::BTreeMap;
use windlass_model::apply::IllegalEvent;
use windlass_model::{Decision, EventKind, Failure, Guarded, RequestId, RunId, Side, Timestamp};
use windlass_model::{StepId, Value};

/// Makes an event about a step's side.
type Make = fn(StepId, Side) -> EventKind;

/// Every event, those of a run as well as those of a lane. Variants of one event come under their
/// own names.
const EVENTS: &[(&str, Make)] = &[
    ("run_queued", |_, _| EventKind::RunQueued { behind: None }),
    ("run_started", |_, _| EventKind::RunStarted { by: by() }),
    ("run_resumed", |_, _| EventKind::RunResumed { by: by() }),
    ("step_skipped", |step, side| EventKind::StepSkipped { step, side, why: why() }),
    ("step_succeeded", |step, _| EventKind::StepSucceeded { step, output: Value::from(1) }),
    ("attempt_started", |step, side| attempt(step, side, 1)),
    ("attempt_started 2", |step, side| attempt(step, side, 2)),
    ("attempt_accepted", |step, side| EventKind::AttemptAccepted { step, side, handle: handle() }),
    ("attempt_progressed", |step, side| EventKind::AttemptProgressed {
        step,
        side,
        handle: handle(),
        percent: Some(50.0),
    }),
    ("attempt_succeeded", |step, side| EventKind::AttemptSucceeded {
        step,
        side,
        output: Value::Null,
    }),
    ("attempt_failed", |step, side| EventKind::AttemptFailed { step, side, failure: failure() }),
    ("attempt_in_doubt", |step, side| EventKind::AttemptInDoubt { step, side, why: why() }),
    ("attempt_found_absent", |step, side| EventKind::AttemptFoundAbsent { step, side }),
    ("retry_scheduled", |step, side| EventKind::RetryScheduled { step, side, not_before: LATER }),
    ("step_failed", |step, side| EventKind::StepFailed { step, side, failure: failure() }),
    ("doubt_unsettled", |step, side| EventKind::DoubtUnsettled { step, side, why: why() }),
    ("signal_awaited", |step, _| EventKind::SignalAwaited {
        step,
        prompt: why(),
        roles: Vec::new(),
        typed: None,
        deadline: None,
    }),
    ("signal_received", |step, _| EventKind::SignalReceived {
        step,
        by: by(),
        value: true.into(),
        note: None,
    }),
    ("timer_set", |step, _| EventKind::TimerSet { step, until: LATER }),
    ("pause_requested", |_, _| EventKind::PauseRequested { by: by() }),
    ("cancel_requested", |_, _| EventKind::CancelRequested { by: by(), keep: false }),
    ("cancel_requested keep", |_, _| EventKind::CancelRequested { by: by(), keep: true }),
    ("operator_decision done", |step, side| decision(step, side, Decision::Done)),
    ("operator_decision skip", |step, side| decision(step, side, Decision::Skip)),
    ("operator_decision retry", |step, side| decision(step, side, Decision::Retry)),
    ("drift_found", |step, _| EventKind::DriftFound { step, what: why() }),
    ("rollback_started", |_, _| EventKind::RollbackStarted { by: by(), reason: why(), to: None }),
    ("run_succeeded", |_, _| EventKind::RunSucceeded),
    ("run_failed", |_, _| EventKind::RunFailed { why: why() }),
    ("run_paused", |_, _| EventKind::RunPaused),
    ("run_rolled_back", |_, _| EventKind::RunRolledBack),
    ("run_stuck", |_, _| EventKind::RunStuck { why: why() }),
    ("run_cancelled", |_, _| EventKind::RunCancelled),
    ("run_superseded", |_, _| EventKind::RunSuperseded { by: RunId(uuid::Uuid::from_u128(9)) }),
];

/// Every place: its name, the step and side that the event is about, and the events that lead
/// there.
const PLACES: &[(&str, &str, Side, &[&str])] = &[
    ("queued", "a", Side::Forward, &[]),
    ("ready", "a", Side::Forward, &["run_started"]),
    ("blocked", "b", Side::Forward, &["run_started"]),
    ("started", "a", Side::Forward, &["run_started", "attempt_started"]),
    ("accepted", "a", Side::Forward, &["run_started", "attempt_started", "attempt_accepted"]),
    ("in doubt", "a", Side::Forward, IN_DOUBT),
    (
        "asks",
        "a",
        Side::Forward,
        &["run_started", "attempt_started", "attempt_in_doubt", "doubt_unsettled"],
    ),
    (
        "retry",
        "a",
        Side::Forward,
        &["run_started", "attempt_started", "attempt_failed", "retry_scheduled"],
    ),
    ("sleeping", "a", Side::Forward, &["run_started", "timer_set"]),
    ("awaiting", "a", Side::Forward, &["run_started", "signal_awaited"]),
    ("answered", "a", Side::Forward, &["run_started", "signal_awaited", "signal_received"]),
    ("failed", "a", Side::Forward, &["run_started", "attempt_started", "attempt_failed"]),
    ("failed in doubt", "a", Side::Forward, &["run_started", "attempt_started", "step_failed"]),
    ("succeeded", "a", Side::Forward, &["run_started", "attempt_started", "attempt_succeeded"]),
    ("skipped", "a", Side::Forward, &["run_started", "step_skipped"]),
    ("paused", "a", Side::Forward, &["run_started", "run_paused"]),
    ("halted: failed", "a", Side::Forward, &["run_started", "step_failed", "run_failed"]),
    (
        "halted: asks",
        "a",
        Side::Forward,
        &["run_started", "attempt_started", "attempt_in_doubt", "doubt_unsettled", "run_stuck"],
    ),
    ("halted: started", "a", Side::Forward, &["run_started", "attempt_started", "run_paused"]),
    ("all done", "b", Side::Forward, ALL_DONE),
    (
        "ended: succeeded",
        "b",
        Side::Forward,
        &["run_started", "step_skipped a", "step_skipped", "run_succeeded"],
    ),
    ("ended: cancelled", "a", Side::Forward, &["run_started", "step_failed", "run_cancelled"]),
    ("ended: superseded", "a", Side::Forward, &["run_started", "run_superseded"]),
    ("back: started", "a", Side::Forward, &["run_started", "attempt_started", "rollback_started"]),
    (
        "back: accepted",
        "a",
        Side::Forward,
        &["run_started", "attempt_started", "attempt_accepted", "rollback_started"],
    ),
    (
        "back: in doubt",
        "a",
        Side::Forward,
        &["run_started", "attempt_started", "attempt_in_doubt", "rollback_started"],
    ),
    (
        "back: asks",
        "a",
        Side::Forward,
        &[
            "run_started",
            "attempt_started",
            "attempt_in_doubt",
            "doubt_unsettled",
            "rollback_started",
        ],
    ),
    ("undo: waits", "a", Side::Undo, &["run_started", "forward", "rollback_started"]),
    ("undo: ready", "a", Side::Undo, UNDO),
    (
        "undo: started",
        "a",
        Side::Undo,
        &["run_started", "forward", "attempt_succeeded a", "rollback_started", "attempt_started"],
    ),
    (
        "undo: in doubt",
        "a",
        Side::Undo,
        &[
            "run_started",
            "forward",
            "attempt_succeeded a",
            "rollback_started",
            "attempt_started",
            "attempt_in_doubt",
        ],
    ),
    (
        "undo: failed",
        "a",
        Side::Undo,
        &["run_started", "forward", "attempt_succeeded a", "rollback_started", "step_failed"],
    ),
    (
        "undo: halted",
        "a",
        Side::Undo,
        &[
            "run_started",
            "forward",
            "attempt_succeeded a",
            "rollback_started",
            "step_failed",
            "run_stuck",
        ],
    ),
    (
        "undone",
        "a",
        Side::Undo,
        &[
            "run_started",
            "forward",
            "attempt_succeeded a",
            "rollback_started",
            "attempt_started",
            "attempt_succeeded",
        ],
    ),
    (
        "ended: rolled back",
        "a",
        Side::Undo,
        &[
            "run_started",
            "forward",
            "attempt_succeeded a",
            "rollback_started",
            "attempt_started",
            "attempt_succeeded",
            "run_rolled_back",
        ],
    ),
];

const IN_DOUBT: &[&str] = &["run_started", "attempt_started", "attempt_in_doubt"];
const ALL_DONE: &[&str] = &["run_started", "step_skipped a", "step_skipped"];
const UNDO: &[&str] = &["run_started", "forward", "attempt_succeeded a", "rollback_started"];

const LATER: Timestamp = Timestamp(START.0 + 60_000);

/// Puts a run to a place.
fn there(step: &str, side: Side, events: &[&str]) -> Driver {
    let mut d = Driver::queued(workflow(vec![act("a", &[]), act("b", &["a"])]));
    for event in events {
        // `forward` and a trailing `a` are about the step itself, whatever the place is about.
        let kind = match event.strip_suffix(" a").or((*event == "forward").then_some("")) {
            Some("") => make("attempt_started", "a", Side::Forward),
            Some(name) => make(name, "a", Side::Forward),
            None => make(event, step, side),
        };
        d.record(kind);
    }
    d
}

fn make(name: &str, step: &str, side: Side) -> EventKind {
    let found = EVENTS.iter().find(|(known, _)| *known == name);
    found.expect("an event of the list").1(StepId::from(step), side)
}

/// Where the run and the lane stand, in words.
fn stands(d: &Driver, step: &str, side: Side) -> String {
    let lane = d.run.lane((d.at(step), side));
    let lane = lane.map_or_else(
        || "not called for".to_owned(),
        |lane| match lane.in_flight() {
            Some(at) => at.describe().to_owned(),
            None => lane.state.describe(),
        },
    );
    let wish = d.run.wish.map(|wish| format!(", wish {wish:?}")).unwrap_or_default();
    format!("{}, {lane}{wish}", d.run.phase())
}

/// Applies the event after the history; says where that leads, or the refusal.
fn check(place: &(&str, &str, Side, &[&str]), event: &str) -> Result<String, IllegalEvent> {
    let (_, step, side, events) = *place;
    let mut d = there(step, side, events);
    d.try_record(make(event, step, side))?;
    Ok(stands(&d, step, side))
}

#[test]
fn what_is_listed_moves_and_nothing_else_does() {
    let mut listed: BTreeMap<(&str, &str), String> = BTreeMap::new();
    let rows = include_str!("transitions.txt").lines();
    for row in rows.filter(|row| !row.is_empty() && !row.starts_with('#')) {
        let (event, rest) = row.split_once(" @ ").expect(row);
        let (place, stands) = rest.split_once(" -> ").expect(row);
        let stands = stands.replace("LATER", &LATER.to_string());
        assert!(listed.insert((event, place), stands).is_none(), "{event} at {place} twice");
    }
    let mut wrong = Vec::new();
    for place in PLACES {
        for (event, _) in EVENTS {
            let expected = listed.remove(&(*event, place.0));
            match (check(place, event), expected) {
                (Ok(stands), Some(expected)) if stands == expected => {}
                (Ok(stands), _) => wrong.push(format!("{event} at {}: {stands}", place.0)),
                (Err(refused), None) => names_both_sides(&refused, event, place.0),
                (Err(refused), Some(_)) => wrong.push(format!("{event} at {}: {refused}", place.0)),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(listed.is_empty(), "no such event or place: {listed:?}");
}

fn names_both_sides(refused: &IllegalEvent, event: &str, place: &str) {
    let said = refused.to_string();
    let name = event.split(' ').next().unwrap_or_default();
    assert!(said.contains(&format!("`{name}`")), "{place}: {said}");
    assert!(said.contains("the run is "), "{place}: {said}");
}

#[test]
fn every_event_is_in_the_table() {
    for kind in crate::golden::every_kind() {
        let name = kind.name();
        let known = EVENTS.iter().any(|(event, _)| event.split(' ').next() == Some(&name));
        assert!(known, "`{name}` is not in the table");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..Default::default() })]

    /// Whatever comes in whatever order: it moves the run and its sets agree, or it changes
    /// nothing.
    #[test]
    fn random_histories_never_break_a_run(
        moves in proptest::collection::vec((0..EVENTS.len(), 0..4_usize, any::<bool>()), 1..80),
    ) {
        let mut d = Driver::queued(diamond());
        drop(d.try_record(make("run_started", "a", Side::Forward)));
        for (event, step, undo) in moves {
            let side = if undo { Side::Undo } else { Side::Forward };
            let mut kind = EVENTS[event].1(["a", "b", "c", "d"][step].into(), side);
            if let EventKind::AttemptStarted { attempt, .. } = &mut kind {
                *attempt = d.run.lane((step as u32, side)).map_or(0, |lane| lane.attempts) + 1;
            }
            drop(d.try_record(kind));
        }
    }
}

#[test]
fn a_refusal_reads_like_one() {
    let place = PLACES.iter().find(|p| p.0 == "accepted").expect("the place");
    let said = check(place, "attempt_started 2").unwrap_err().to_string();
    assert_eq!(
        said,
        "event 4 `attempt_started` cannot follow: the run is running; step `a` has attempt 1 accepted"
    );
    let mut d = there("a", Side::Forward, &["run_started"]);
    let said = d.try_record(make("attempt_started", "nobody", Side::Forward)).unwrap_err();
    assert_eq!(
        said.to_string(),
        "event 2 names the step `nobody`, which the workflow does not have"
    );
}

fn by() -> String {
    "ann".to_owned()
}

fn why() -> String {
    "so".to_owned()
}

fn failure() -> Failure {
    Failure::permanent("refused", "not allowed")
}

fn handle() -> Guarded {
    Guarded::Sealed("h".to_owned())
}

fn attempt(step: StepId, side: Side, attempt: u32) -> EventKind {
    EventKind::AttemptStarted {
        step,
        side,
        attempt,
        input: Value::Null,
        captured: None,
        request_id: RequestId(uuid::Uuid::from_u128(1)),
        not_before: None,
        effects: Vec::new(),
    }
}

fn decision(step: StepId, side: Side, decision: Decision) -> EventKind {
    EventKind::OperatorDecision { step, side, decision, by: by(), reason: why() }
}

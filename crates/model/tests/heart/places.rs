//! The rows and columns of the transition table: every event, and every place where a run and a
//! lane can stand.

use crate::support::*;
use windlass_model::drift::DriftDecision;
use windlass_model::notice::{Moment, NoticeId};
use windlass_model::{Decision, EventKind, Failure, Guarded, RequestId, RunId, Side, Timestamp};
use windlass_model::{StepId, Value, WorkflowDef};

/// Makes an event about a step's side.
pub type Make = fn(StepId, Side) -> EventKind;

/// Every event, those of a run as well as those of a lane. Variants of one event come under their
/// own names.
pub const EVENTS: &[(&str, Make)] = &[
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
    ("attempt_found_begun", |step, side| EventKind::AttemptFoundBegun { step, side }),
    ("retry_scheduled", |step, side| EventKind::RetryScheduled { step, side, not_before: LATER }),
    ("step_failed", |step, side| EventKind::StepFailed { step, side, failure: failure() }),
    ("doubt_unsettled", |step, side| EventKind::DoubtUnsettled { step, side, why: why() }),
    ("signal_awaited", |step, _| EventKind::SignalAwaited {
        step,
        prompt: why(),
        roles: Vec::new(),
        typed: None,
        not_by: None,
        signal: None,
        deadline: None,
    }),
    ("signal_sent", |_, _| EventKind::SignalSent {
        name: "tested".into(),
        by: by(),
        data: Value::Null,
        note: None,
    }),
    ("signal_received", |step, _| EventKind::SignalReceived {
        step,
        by: by(),
        value: true.into(),
        note: None,
        evidence: Vec::new(),
    }),
    ("timer_set", |step, _| EventKind::TimerSet { step, until: LATER }),
    ("step_notified", |step, _| EventKind::StepNotified {
        step,
        on: Moment::Failure,
        notice: NoticeId { event: 2, which: 0 },
        sent: true,
        why: None,
    }),
    ("pause_requested", |_, _| EventKind::PauseRequested { by: by() }),
    ("cancel_requested", |_, _| EventKind::CancelRequested { by: by(), keep: false }),
    ("cancel_requested keep", |_, _| EventKind::CancelRequested { by: by(), keep: true }),
    ("operator_decision done", |step, side| decision(step, side, Decision::Done)),
    ("operator_decision skip", |step, side| decision(step, side, Decision::Skip)),
    ("operator_decision retry", |step, side| decision(step, side, Decision::Retry)),
    ("drift_found", |step, _| EventKind::DriftFound { step, what: why(), who: None }),
    ("drift_decided accept", |step, _| drift_decided(step, DriftDecision::Accept)),
    ("drift_decided put_back", |step, _| drift_decided(step, DriftDecision::PutBack)),
    ("drift_decided stop", |step, _| drift_decided(step, DriftDecision::Stop)),
    ("rollback_started", |_, _| EventKind::RollbackStarted { by: by(), reason: why(), to: None }),
    ("run_succeeded", |_, _| EventKind::RunSucceeded),
    ("run_failed", |_, _| EventKind::RunFailed { why: why() }),
    ("run_paused", |_, _| EventKind::RunPaused),
    ("run_rolled_back", |_, _| EventKind::RunRolledBack),
    ("run_stuck", |_, _| EventKind::RunStuck { why: why() }),
    ("run_cancelled", |_, _| EventKind::RunCancelled),
    ("run_migrated", |_, _| EventKind::RunMigrated { by: by(), reason: why(), workflow: same() }),
    ("run_superseded", |_, _| EventKind::RunSuperseded { by: RunId(uuid::Uuid::from_u128(9)) }),
];

/// Every place: its name, the step and side that the event is about, and the events that lead
/// there.
pub const PLACES: &[(&str, &str, Side, &[&str])] = &[
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
    ("drifted", "a", Side::Forward, DRIFTED),
    ("skipped", "a", Side::Forward, &["run_started", "step_skipped"]),
    (
        "halted: drifted",
        "a",
        Side::Forward,
        &["run_started", "attempt_started", "attempt_succeeded", "run_paused", "drift_found"],
    ),
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
const DRIFTED: &[&str] = &["run_started", "attempt_started", "attempt_succeeded", "drift_found"];
const ALL_DONE: &[&str] = &["run_started", "step_skipped a", "step_skipped"];
const UNDO: &[&str] = &["run_started", "forward", "attempt_succeeded a", "rollback_started"];

pub const LATER: Timestamp = Timestamp(START.0 + 60_000);

/// The workflow of every place, to go on by the same.
fn same() -> Box<WorkflowDef> {
    Box::new(workflow(vec![act("a", &[]), act("b", &["a"])]).def().clone())
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

fn drift_decided(step: StepId, decision: DriftDecision) -> EventKind {
    EventKind::DriftDecided { step, decision, by: by() }
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
    EventKind::OperatorDecision { step, side, decision, by: by(), reason: why(), output: None }
}

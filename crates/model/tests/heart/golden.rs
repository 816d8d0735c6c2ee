//! One file for each event as it lies in old histories: they must load for ever, and write
//! themselves the same.

use serde_json::json;
use std::collections::BTreeSet;
use std::path::PathBuf;
use windlass_model::drift::DriftDecision;
use windlass_model::event::Effect;
use windlass_model::notice::{Moment, NoticeId};
use windlass_model::{
    Decision, Event, EventKind, Failure, Guarded, RequestId, RunId, Side, StepDef, StepId,
    Timestamp, Value, Work, WorkflowDef,
};

const AT: Timestamp = Timestamp(1_790_000_000_123);

/// One event of each kind. The match below does not compile when a kind is missing there; the test
/// fails when it is missing here.
pub fn every_kind() -> Vec<EventKind> {
    let mut all = of_attempts();
    all.extend(of_runs());
    all.extend(of_people());
    all
}

fn of_attempts() -> Vec<EventKind> {
    let sealed = || Guarded::Sealed("v1:AAECAwQF".into());
    let effect = |field: &str, value: Value| {
        let resource = "qa4".into();
        Effect { resource, field: field.into(), value }
    };
    let side = Side::Undo;
    vec![
        EventKind::AttemptStarted {
            step: step(),
            side,
            attempt: 2,
            input: json!({ "from": "backup", "to": "dispatcherqa4prod7" }),
            captured: Some(sealed()),
            request_id: RequestId(uuid::Uuid::from_u128(7)),
            not_before: Some("Mon, 21 Sep 2026 14:13:19 GMT".into()),
            effects: vec![effect("running", json!(false)), effect("database", Value::Null)],
        },
        EventKind::AttemptAccepted { step: step(), side, handle: sealed() },
        EventKind::AttemptProgressed { step: step(), side, handle: sealed(), percent: Some(37.5) },
        EventKind::AttemptSucceeded { step: step(), side, output: json!({ "id": 7 }) },
        EventKind::AttemptFailed { step: step(), side, failure: failure() },
        EventKind::AttemptInDoubt { step: step(), side, why: why() },
        EventKind::AttemptFoundAbsent { step: step(), side },
        EventKind::AttemptFoundBegun { step: step(), side },
        EventKind::RetryScheduled { step: step(), side, not_before: AT.after(10_000) },
        EventKind::StepFailed { step: step(), side, failure: failure() },
        EventKind::DoubtUnsettled { step: step(), side, why: why() },
    ]
}

/// A workflow of one step, as short as one can be.
fn small() -> Box<WorkflowDef> {
    let values = windlass_model::expr::Template::Literal(json!({}));
    let steps = vec![StepDef::new("copy", Work::Set { values })];
    Box::new(WorkflowDef { name: "release".into(), steps, ..WorkflowDef::default() })
}

fn step() -> StepId {
    "copy".into()
}

fn by() -> String {
    "ann".to_owned()
}

fn why() -> String {
    "the request got no answer".to_owned()
}

fn run() -> RunId {
    RunId(uuid::Uuid::from_u128(0x0193_5a1c_0000_7000_8000_0000_0000_0001))
}

fn failure() -> Failure {
    Failure {
        code: "Conflict".into(),
        message: "the database is being copied; wait and `resume`".into(),
        transient: true,
        retry_after_ms: Some(15_000),
    }
}

fn of_runs() -> Vec<EventKind> {
    vec![
        EventKind::RunQueued { behind: Some(run()) },
        EventKind::RunStarted { by: by() },
        EventKind::RunResumed { by: by() },
        EventKind::RunSucceeded,
        EventKind::RunFailed { why: why() },
        EventKind::RunPaused,
        EventKind::RunRolledBack,
        EventKind::RunStuck { why: why() },
        EventKind::RunCancelled,
        EventKind::RunSuperseded { by: run() },
        EventKind::RunMigrated { by: by(), reason: why(), workflow: small() },
    ]
}

fn of_people() -> Vec<EventKind> {
    let side = Side::Undo;
    vec![
        EventKind::StepSkipped { step: step(), side, why: why() },
        EventKind::StepSucceeded {
            step: step(),
            output: json!({ "until": "2026-09-21T14:13:20Z" }),
        },
        EventKind::SignalAwaited {
            step: step(),
            prompt: "Hotfix 7.1.2 is on qa4. Tested?".into(),
            roles: vec!["release".into()],
            typed: Some("qa4".into()),
            not_by: None,
            signal: None,
            deadline: Some(AT.after(259_200_000)),
        },
        EventKind::SignalSent {
            name: "tests_passed".into(),
            by: by(),
            data: json!({ "suite": "orders", "passed": 812 }),
            note: Some("build 4711".into()),
        },
        EventKind::SignalReceived {
            step: step(),
            by: by(),
            value: json!(true),
            note: Some("see ticket 4711".into()),
            evidence: Vec::new(),
        },
        EventKind::TimerSet { step: step(), until: AT.after(90_000) },
        EventKind::StepNotified {
            step: step(),
            on: Moment::Waiting,
            notice: NoticeId { event: 5, which: 1 },
            sent: false,
            why: Some("the receiver answers 503".into()),
        },
        EventKind::PauseRequested { by: by() },
        EventKind::CancelRequested { by: by(), keep: true },
        EventKind::OperatorDecision {
            step: step(),
            side,
            decision: Decision::Skip,
            by: by(),
            reason: why(),
            output: None,
        },
        EventKind::DriftFound {
            step: step(),
            what: "qa4 is stopped".into(),
            who: Some("by bo@example.com at 2026-03-02 04:10Z (stop)".into()),
        },
        EventKind::DriftDecided { step: step(), decision: DriftDecision::PutBack, by: by() },
        EventKind::RollbackStarted { by: by(), reason: why(), to: Some(step()) },
    ]
}

/// How many kinds there are. Adding one breaks this match; then add it to [`every_kind`], give it a
/// file, a row in the transition table, and raise the number.
fn kinds(kind: &EventKind) -> usize {
    match kind {
        EventKind::RunQueued { .. }
        | EventKind::RunStarted { .. }
        | EventKind::RunResumed { .. }
        | EventKind::StepSkipped { .. }
        | EventKind::StepSucceeded { .. }
        | EventKind::AttemptStarted { .. }
        | EventKind::AttemptAccepted { .. }
        | EventKind::AttemptProgressed { .. }
        | EventKind::AttemptSucceeded { .. }
        | EventKind::AttemptFailed { .. }
        | EventKind::AttemptInDoubt { .. }
        | EventKind::AttemptFoundAbsent { .. }
        | EventKind::AttemptFoundBegun { .. }
        | EventKind::RetryScheduled { .. }
        | EventKind::StepFailed { .. }
        | EventKind::DoubtUnsettled { .. }
        | EventKind::SignalAwaited { .. }
        | EventKind::SignalSent { .. }
        | EventKind::SignalReceived { .. }
        | EventKind::TimerSet { .. }
        | EventKind::StepNotified { .. }
        | EventKind::PauseRequested { .. }
        | EventKind::CancelRequested { .. }
        | EventKind::OperatorDecision { .. }
        | EventKind::DriftFound { .. }
        | EventKind::DriftDecided { .. }
        | EventKind::RollbackStarted { .. }
        | EventKind::RunMigrated { .. }
        | EventKind::RunSucceeded
        | EventKind::RunFailed { .. }
        | EventKind::RunPaused
        | EventKind::RunRolledBack
        | EventKind::RunStuck { .. }
        | EventKind::RunCancelled
        | EventKind::RunSuperseded { .. } => 35,
    }
}

fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "golden"].iter().collect()
}

#[test]
fn every_kind_has_its_file_and_is_written_as_the_file_says() {
    let all = every_kind();
    let names: BTreeSet<String> = all.iter().map(EventKind::name).collect();
    assert_eq!(names.len(), kinds(&all[0]), "a kind is missing, or there twice");
    for kind in all {
        let name = kind.name();
        let event = Event { seq: 7, at: AT, kind };
        let file = folder().join(format!("{name}.json"));
        let text = std::fs::read_to_string(&file).unwrap_or_else(|error| {
            let wanted = serde_json::to_string_pretty(&event).unwrap_or_default();
            panic!("tests/golden/{name}.json: {error}; it should say\n{wanted}")
        });
        let old: Event = serde_json::from_str(&text).unwrap();
        assert_eq!(old, event, "{name} is read as something else");
        let written = serde_json::to_value(&event).unwrap();
        let said: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(written, said, "{name} is written in another form");
    }
}

#[test]
fn every_file_is_of_a_kind() {
    let names: BTreeSet<String> = every_kind().iter().map(EventKind::name).collect();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let file = entry.unwrap().path();
        if file.is_dir() {
            continue;
        }
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(names.contains(&name), "{name}.json is of no kind that this windlass knows");
    }
}

/// The oldest form: fields that later ones added are absent and have their defaults.
#[test]
fn absent_fields_have_defaults() {
    let text = r#"{"seq":1,"at":"2026-09-21T14:13:20Z","type":"attempt_started","step":"copy",
        "attempt":1,"input":null,"request_id":"00000000-0000-0000-0000-000000000007"}"#;
    let event: Event = serde_json::from_str(text).unwrap();
    let EventKind::AttemptStarted { side, captured, effects, .. } = event.kind else {
        panic!("{event:?}")
    };
    assert_eq!((side, captured, effects.len()), (Side::Forward, None, 0));
}

#[test]
fn an_unknown_kind_is_refused_by_name() {
    let text = r#"{"seq":1,"at":"2026-09-21T14:13:20Z","type":"run_teleported"}"#;
    let refused = serde_json::from_str::<Event>(text).unwrap_err().to_string();
    assert!(refused.contains("run_teleported"), "{refused}");
}

/// A value that nobody sealed is lost rather than told.
#[test]
fn a_clear_value_never_reaches_a_history() {
    let handle = Guarded::Clear(json!("Password=canary"));
    let kind = EventKind::AttemptAccepted { step: "copy".into(), side: Side::Forward, handle };
    let text = serde_json::to_string(&Event { seq: 1, at: AT, kind }).unwrap();
    assert!(!text.contains("canary") && text.contains("(redacted)"), "{text}");
    assert!(serde_json::from_str::<Event>(&text).is_err());
}

//! The other shapes that lie in stores for ever: signals on their way to a run, and the workflow
//! that is kept with it. Same promise as for events.

use crate::support::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::fmt::Debug;
use std::path::PathBuf;
use windlass_model::environment::{Binding, Confirm, Environment};
use windlass_model::expr::{Template, TextPart};
use windlass_model::given::Given;
use windlass_model::notice::{Moment, Notice};
use windlass_model::observation::Signal;
use windlass_model::step::{Compensate, DeclaredEffect, Gate, OnInDoubt, OnTimeout};
use windlass_model::window::{Day, Window};
use windlass_model::workflow::{Invariant, OnFailure, WORKFLOW_FORMAT};
use windlass_model::{Decision, Millis, RunId, StepDef, Value, Work, Workflow, WorkflowDef};

fn golden<T: Serialize + DeserializeOwned + PartialEq + Debug>(name: &str, now: &T) {
    let file: PathBuf =
        [env!("CARGO_MANIFEST_DIR"), "tests", "golden", "stored", name].iter().collect();
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| {
        let wanted = serde_json::to_string_pretty(now).unwrap_or_default();
        panic!("tests/golden/stored/{name}: {error}; it should say\n{wanted}")
    });
    let old: T = serde_json::from_str(&text).expect(name);
    assert_eq!(&old, now, "{name} is read as something else");
    let said: Value = serde_json::from_str(&text).expect(name);
    assert_eq!(serde_json::to_value(now).expect(name), said, "{name} is written in another form");
}

#[test]
fn signals() {
    let by = || "ann".to_owned();
    let reason = || "seen in the portal".to_owned();
    let run = RunId(uuid::Uuid::from_u128(0x0193_5a1c_0000_7000_8000_0000_0000_0001));
    let note = Some("ticket 4711".into());
    let all = vec![
        Signal::Answer {
            step: "tested".into(),
            value: json!(true),
            by: by(),
            note,
            evidence: Vec::new(),
        },
        Signal::Pause { by: by() },
        Signal::Cancel { by: by(), keep: true },
        Signal::Decide {
            step: "copy".into(),
            decision: Decision::Done,
            by: by(),
            reason: reason(),
            output: None,
        },
        Signal::Rollback { by: by(), reason: reason(), to: Some("copy".into()) },
        Signal::Supersede { by: run },
        Signal::Send {
            name: "tests_passed".into(),
            data: json!({ "passed": 812 }),
            by: by(),
            note: Some("build 4711".into()),
        },
    ];
    golden("signals.json", &all);
}

/// Every kind of work, compensation and policy once.
fn every_step() -> Vec<StepDef> {
    let text = |text: &str| Template::Text(vec![TextPart::Text(text.into())]);
    let span: Millis = 60_000;
    vec![
        StepDef {
            name: Some("Copy the backup".into()),
            line: 12,
            condition: Some(constant(true)),
            timeout_ms: Some(span),
            retry: once(),
            irreversible: true,
            requires: Some(constant(true)),
            verify: Some(output_is("online", true)),
            effects: vec![DeclaredEffect {
                resource: text("qa4"),
                field: "database".into(),
                value: Some(text("dispatcherqa4prod7")),
            }],
            on_in_doubt: OnInDoubt::Ask,
            roles: vec!["release".into()],
            ..act("copy", &[])
        },
        StepDef {
            item: Some(json!("qa4")),
            compensate: custom_undo(Some(constant(true))),
            ..act("stop[qa4]", &["copy"])
        },
        join("stop", &["stop[qa4]"]),
        StepDef {
            compensate: Compensate::AutoIf { only_if: constant(false) },
            on_in_doubt: OnInDoubt::Rerun,
            ..act("use", &["stop"])
        },
        StepDef {
            compensate: Compensate::None {
                reason: Some("a log".into()),
                way_back: None,
                way_on: None,
            },
            ..act("log", &["use"])
        },
        StepDef { on_timeout: OnTimeout::Skip, ..approve("tested", &["log"]) },
        input("count", &["log"]),
        sleep("rest", &["log"], "90s"),
        StepDef::new(
            "night",
            Work::WaitUntil { until: text("03:00"), zone: Some("America/New_York".into()) },
        ),
        StepDef::new(
            "sure",
            Work::Assert { that: constant(true), message: Some(text("it must hold")) },
        ),
        set("values", &[], json!({ "n": 7 })),
        signal("passed", &[], "tests_passed"),
        StepDef { gate: gate(), notify: vec![notice()], ..act("at_night", &[]) },
        StepDef::new("rounds", Work::Rounds { until: output_is("online", true) }),
    ]
}

fn notice() -> Notice {
    let with = Template::Literal(json!({ "webhook": { "$secret": "hook" }, "text": "failed" }));
    Notice { on: vec![Moment::Failure, Moment::Waiting], uses: "notify.slack".into(), with }
}

fn gate() -> Gate {
    let (from, to) = ("03:00".to_owned(), "05:00".to_owned());
    let window = Window { zone: Some("America/New_York".into()), days: vec![Day::Mon], from, to };
    let not_before = Some(Template::Literal("2026-09-21T14:13:20Z".into()));
    Gate { window: Some(window), not_before, pause_ms: Some(30_000) }
}

#[test]
fn the_workflow_that_is_kept_with_a_run() {
    let binding = Binding {
        kind: "azure.app_service".into(),
        settings: json!({ "name": "qa4" }).as_object().cloned().unwrap_or_default(),
    };
    let environment = Environment {
        name: "rehearsal".into(),
        confirm: Confirm::Relaxed,
        simulator: true,
        time_scale: Some(3600.0),
        clock_start: Some(START),
        zone: Some("Europe/Berlin".into()),
        show_zones: vec!["America/New_York".into()],
        secrets: [("pat".to_owned(), "env:PAT".to_owned())].into(),
        approvers: [("release".to_owned(), vec!["ann".to_owned()])].into(),
        resources: [("qa4".to_owned(), binding)].into(),
        ..Environment::default()
    };
    let workflow = WorkflowDef {
        format: WORKFLOW_FORMAT,
        name: "hotfix_qa4_setup".into(),
        description: Some("Point qa4 at a database that fits".into()),
        lock: Some("qa4".into()),
        roles: vec!["release".into()],
        started_by: None,
        takes_over: None,
        folder: None,
        on_failure: OnFailure::Rollback,
        max_parallel: 4,
        inputs: json!({ "n": 7 }).as_object().cloned().unwrap_or_default(),
        resources: vec!["backup".into()],
        invariants: vec![Invariant {
            id: "never".into(),
            for_each: vec!["qa4".into()],
            expr: constant(false),
            never: true,
        }],
        given: vec![Given {
            for_each: vec!["qa4".into()],
            that: constant(true),
            place: "hotfix_qa4_setup.yaml:12".into(),
        }],
        environment,
        steps: every_step(),
    };
    golden("workflow.json", &workflow);
    Workflow::new(workflow).expect("it is a workflow");
}

//! Migration: what has begun must mean the same in the new workflow; what has not may be anything.

use crate::support::*;
use windlass_model::expr::Template;
use windlass_model::migrate::{difference, refusals};
use windlass_model::{EventKind, Side, StepDef, Value, Work, Workflow, WorkflowDef};

fn migrate(to: &Workflow) -> EventKind {
    let (by, reason) = ("ann".to_owned(), "mended".to_owned());
    EventKind::RunMigrated { by, reason, workflow: Box::new(to.def().clone()) }
}

fn started(step: &str) -> EventKind {
    attempt_started(step, 1)
}

fn attempt_started(step: &str, attempt: u32) -> EventKind {
    EventKind::AttemptStarted {
        step: step.into(),
        side: Side::Forward,
        attempt,
        input: Value::Null,
        captured: None,
        request_id: windlass_model::RequestId(uuid::Uuid::from_u128(u128::from(attempt))),
        not_before: None,
        effects: Vec::new(),
    }
}

fn succeeded(step: &str) -> EventKind {
    let (step, side, output) = (step.into(), Side::Forward, Value::Null);
    EventKind::AttemptSucceeded { step, side, output }
}

/// A run of `a`, then `b`, then `c`, in which `a` is done.
fn a_is_done() -> Driver {
    let mut d = Driver::queued(workflow(vec![act("a", &[]), act("b", &["a"]), act("c", &["b"])]));
    d.record(EventKind::RunStarted { by: "ann".into() });
    d.record(started("a"));
    d.record(succeeded("a"));
    d
}

fn other(id: &str, needs: &[&str]) -> StepDef {
    let values = Template::Literal(serde_json::json!({ "x": 1 }));
    StepDef { work: Work::Set { values }, ..act(id, needs) }
}

#[test]
fn what_has_not_begun_may_be_added_removed_or_changed() {
    let d = a_is_done();
    let new = workflow(vec![act("a", &[]), act("x", &["a"]), other("c", &["x"])]);
    let told = difference(&d.workflow, &new);
    let names = |ids: &[windlass_model::StepId]| {
        ids.iter().map(|id| id.to_string()).collect::<Vec<_>>().join(",")
    };
    assert_eq!((names(&told.kept), names(&told.added)), ("a".into(), "x".into()));
    assert_eq!(names(&told.removed), "b");
    let (step, keys) = &told.changed[0];
    assert_eq!((step.as_str(), keys.join(",")), ("c", "work,needs".to_owned()));
    assert_eq!(refusals(&d.workflow, &new, &d.run), Vec::<String>::new());
    let next = windlass_model::migrate::migrated(&d.workflow, &new, &d.run);
    assert!(next.steps[0].forward.succeeded());
    assert_eq!(next.ready.iter().map(|id| id.0).collect::<Vec<_>>(), [1]);
    assert_eq!(next.unfinished, 2);
    assert_eq!(next.seq, d.run.seq);
}

#[test]
fn what_is_finished_or_in_flight_must_mean_the_same() {
    let mut d = a_is_done();
    let why = |d: &Driver, steps| refusals(&d.workflow, &workflow(steps), &d.run).join("; ");
    let changed = why(&d, vec![other("a", &[]), act("b", &["a"])]);
    assert_eq!(changed, "`a` is finished, and is another in: work");
    let gone = why(&d, vec![act("b", &[])]);
    assert_eq!(gone, "`a` is finished, and the new file has it no more");
    let before = why(&d, vec![act("x", &[]), act("a", &["x"])]);
    assert_eq!(before, "`a` is finished, and now needs `x`, which is not");
    d.record(started("b"));
    let in_flight = why(&d, vec![act("a", &[]), other("b", &["a"])]);
    assert_eq!(in_flight, "`b` has begun, and is another in: work");
    let renamed = WorkflowDef {
        name: "another".into(),
        ..workflow(vec![act("a", &[]), act("b", &["a"])]).def().clone()
    };
    let renamed = Workflow::new(renamed).unwrap();
    assert_eq!(refusals(&d.workflow, &renamed, &d.run).len(), 1);
    // and the event itself is refused
    let mut run = d.run.clone();
    let event =
        windlass_model::Event { seq: run.seq + 1, at: run.updated_at, kind: migrate(&renamed) };
    assert!(windlass_model::apply::apply(&d.workflow, &mut run, &event).is_err());
    assert_eq!(run, d.run);
}

#[test]
fn a_step_that_failed_without_doing_anything_may_be_mended() {
    let mut d = a_is_done();
    d.record(started("b"));
    let failure = windlass_model::Failure::permanent("refused", "no such name");
    d.record(EventKind::AttemptFailed { step: "b".into(), side: Side::Forward, failure });
    d.record(EventKind::RunFailed { why: "b".into() });
    let new = workflow(vec![act("a", &[]), other("b", &["a"]), act("c", &["b"])]);
    assert_eq!(refusals(&d.workflow, &new, &d.run), Vec::<String>::new());
    let next = windlass_model::migrate::migrated(&d.workflow, &new, &d.run);
    assert!(next.failed.is_empty());
    assert_eq!(next.ready.iter().map(|id| id.0).collect::<Vec<_>>(), [1]);
    assert_eq!(next.steps[1].forward.attempts, 1, "its next attempt is its second");
}

#[test]
fn a_run_on_its_way_back_is_not_migrated() {
    let mut d = a_is_done();
    let new = workflow(vec![act("a", &[]), act("b", &["a"]), act("c", &["b"])]);
    let (by, reason) = ("ann".to_owned(), "so".to_owned());
    d.record(EventKind::RollbackStarted { by, reason, to: None });
    assert!(refusals(&d.workflow, &new, &d.run)[0].contains("only one on its way forward"));
}

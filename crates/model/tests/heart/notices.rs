//! Messages of a step: each of its events once, told after the event and before the run ends, known
//! over a crash, and never in the way of anything.

use crate::rules::rollback;
use crate::support::*;
use serde_json::json;
use windlass_model::Side::Forward;
use windlass_model::expr::{Expr, Node, Scope, Template};
use windlass_model::notice::{Moment, Notice};
use windlass_model::observation::Signal;
use windlass_model::scope::{NoticeScope, RunScope};
use windlass_model::{Phase, StepDef};

const ALL: [Moment; 4] = [Moment::Start, Moment::Success, Moment::Failure, Moment::Waiting];

fn told(step: StepDef, on: &[Moment]) -> StepDef {
    let with = Template::Literal(json!({}));
    StepDef { notify: vec![Notice { on: on.to_vec(), uses: "notify.slack".into(), with }], ..step }
}

#[test]
fn each_moment_is_told_once_and_in_its_order() {
    let steps = vec![told(act("a", &[]), &ALL), told(approve("b", &["a"]), &ALL), act("c", &["b"])];
    let mut d = Driver::start(workflow(steps));
    d.outside.fate("a", Forward, &[Fate::Transient, Fate::Permanent]);
    assert_eq!(d.settle_down(), Phase::Failed);
    assert_eq!(d.told, ["a start", "a failure"], "not of the second attempt");
    d.resume();
    assert_eq!(d.settle_down(), Phase::Waiting);
    assert_eq!(d.told[2..], ["a success", "b waiting"]);
    d.signal(Signal::Answer {
        step: "b".into(),
        value: true.into(),
        by: "ann".into(),
        note: None,
        evidence: Vec::new(),
    });
    assert_eq!(d.settle_down(), Phase::Succeeded);
    assert_eq!(d.told[4..], ["b success"]);
}

#[test]
fn a_run_ends_halts_and_pauses_after_its_messages_and_nothing_else_waits_for_them() {
    let steps = vec![told(act("a", &[]), &[Moment::Success]), act("b", &["a"])];
    let mut d = Driver::start(workflow(steps));
    d.tells = false;
    d.until("the last step is done", |d| d.said("attempt_succeeded", "b") == 1);
    d.decide();
    assert_eq!(d.run.phase(), Phase::Running, "one message is not told yet");
    d.tell(false);
    assert_eq!(d.settle_down(), Phase::Succeeded, "a message that cannot be sent fails nothing");
    assert!(d.run.untold.is_empty());
    let mut d = Driver::start(workflow(vec![told(act("a", &[]), &ALL), act("b", &["a"])]));
    d.tells = false;
    d.outside.fate("b", Forward, &[Fate::Permanent]);
    d.until("b failed", |d| !d.run.failed.is_empty());
    d.signal(Signal::Pause { by: "ann".into() });
    d.decide();
    assert!(d.run.halt.is_none());
    d.tells = true;
    assert_eq!(d.settle_down(), Phase::Paused);
    assert_eq!(d.told, ["a start", "a success"]);
}

#[test]
fn a_crash_leaves_what_was_not_told_to_the_next_engine() {
    let mut d = Driver::start(workflow(vec![told(act("a", &[]), &ALL)]));
    d.tells = false;
    d.until("it is done", |d| d.said("attempt_succeeded", "a") == 1);
    d.tell(true);
    let left = d.run.untold.clone();
    d.crash();
    assert_eq!(d.run.untold, left);
    d.tells = true;
    assert_eq!(d.settle_down(), Phase::Succeeded);
    assert_eq!(d.told, ["a start", "a success"]);
    let again = d.history.iter().find(|event| event.kind.name() == "step_notified").unwrap();
    assert!(d.try_record(again.kind.clone()).is_err(), "told twice");
}

#[test]
fn the_way_back_and_an_ended_run_tell_nothing() {
    let mut d = Driver::start(workflow(vec![told(act("a", &[]), &ALL)]));
    d.settle_down();
    let before = d.told.len();
    d.signal(rollback(None));
    assert_eq!(d.settle_down(), Phase::RolledBack);
    assert_eq!(d.told.len(), before);
    let mut d = Driver::start(workflow(vec![told(approve("a", &[]), &ALL)]));
    d.tells = false;
    d.decide();
    assert_eq!(d.run.untold.len(), 1);
    d.signal(Signal::Supersede { by: d.run.id });
    assert!(d.run.untold.is_empty() && d.run.phase() == Phase::Superseded);
}

#[test]
fn a_message_sees_what_it_is_about() {
    let mut d = Driver::start(workflow(vec![told(act("a", &[]), &[Moment::Failure])]));
    d.tells = false;
    d.outside.fate("a", Forward, &[Fate::Permanent]);
    d.until("it failed", |d| !d.run.untold.is_empty());
    let step = RunScope { workflow: &d.workflow, run: &d.run, step: 0, output: None };
    let scope = NoticeScope { step, untold: &d.run.untold[0] };
    assert_eq!(scope.resolve(&["notice", "on"]), Some("failure".into()));
    assert_eq!(scope.resolve(&["notice", "step"]), Some("a".into()));
    let of = Box::new(Node::Name("notice".into()));
    let says = Expr { source: String::new(), node: Node::Select { of, field: "says".into() } };
    let said = says.evaluate(&scope).unwrap();
    assert!(said.as_str().is_some_and(|said| said.starts_with("not allowed")), "{said}");
}

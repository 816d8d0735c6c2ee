//! A run under way: what can still break, and which ways lead out of it.

use crate::proved::Small;
use serde_json::json;
use windlass_model::apply::apply;
use windlass_model::event::{Event, EventKind};
use windlass_model::run::Run;
use windlass_model::step::Compensate;
use windlass_model::workflow::Invariant;
use windlass_model::{
    Failure, RequestId, RunId, Side, StepDef, StepId, Timestamp, Value, Work, Workflow, WorkflowDef,
};
use windlass_prover::{Exit, Exits, Options, Outline, exits, invariants};
use windlass_testkit::small::{both, input, is, never, sets, workflow};

/// A main build never runs on the prod-based database.
fn rule() -> Invariant {
    never(both(is("branch", json!("main")), is("database", json!("prod"))))
}

/// A run of a workflow, with what happened in it.
struct Told {
    def: WorkflowDef,
    workflow: Workflow,
    run: Run,
}

impl Told {
    fn new(def: WorkflowDef) -> Self {
        let workflow = Workflow::new(def.clone()).unwrap();
        let run = Run::new(RunId::default(), &workflow);
        let mut told = Self { def, workflow, run };
        told.happens(EventKind::RunStarted { by: "ann".to_owned() });
        told
    }

    fn happens(&mut self, kind: EventKind) {
        let seq = self.run.seq + 1;
        let event = Event { seq, at: Timestamp(i64::try_from(seq).unwrap()), kind };
        apply(&self.workflow, &mut self.run, &event).unwrap();
    }

    fn begins(&mut self, step: &str, side: Side) {
        self.happens(EventKind::AttemptStarted {
            step: step.into(),
            side,
            attempt: 1,
            input: Value::Null,
            captured: None,
            request_id: RequestId::derive(RunId::default(), &step.into(), side.as_str(), 1),
            not_before: None,
            effects: Vec::new(),
        });
    }

    fn done(mut self, step: &str) -> Self {
        self.begins(step, Side::Forward);
        let (step, side, output) = (step.into(), Side::Forward, Value::Null);
        self.happens(EventKind::AttemptSucceeded { step, side, output });
        self
    }

    fn failed(mut self, step: &str) -> Self {
        self.begins(step, Side::Forward);
        let id: StepId = step.into();
        let failure = Failure::permanent("failed", "it failed");
        let (step, side) = (id.clone(), Side::Forward);
        self.happens(EventKind::AttemptFailed { step, side, failure: failure.clone() });
        self.happens(EventKind::StepFailed { step: id, side, failure });
        self.happens(EventKind::RunFailed { why: "it failed".to_owned() });
        self
    }

    fn outline(&self) -> Outline {
        Outline::at(self.def.clone(), &Small, &self.run).unwrap()
    }

    fn exits(&self) -> Exits {
        exits(&self.outline(), Options::default()).unwrap()
    }
}

fn names(exit: &Exit) -> Vec<&str> {
    exit.lanes.iter().map(|lane| lane.step.as_str()).collect()
}

fn connection() -> StepDef {
    sets("connection", &[], "database", json!("main"))
}

fn deploy(needs: &[&str]) -> StepDef {
    sets("deploy", needs, "branch", json!("main"))
}

/// What was done stays behind; what is left is told in its order, both ways.
#[test]
fn a_failed_run_leads_on_by_what_is_left_and_back_by_what_was_done() {
    let check = sets("check", &["deploy"], "unseen", json!(1));
    let def = workflow(vec![connection(), deploy(&["connection"]), check], rule());
    let exits = Told::new(def).done("connection").failed("deploy").exits();
    assert_eq!(names(&exits.forward), ["deploy", "check"]);
    assert_eq!(exits.forward.steps(), (2, 2));
    // The attempt that failed may have left something, so that it is undone like any other.
    assert_eq!(names(&exits.back), ["deploy", "connection"]);
    assert!(exits.forward.is_safe() && exits.back.is_safe());
    assert_eq!((exits.forward.risks, exits.back.risks), (None, None));
}

#[test]
fn a_point_of_no_return_closes_the_way_back_and_names_how_far_one_can_go() {
    let mut point = sets("delete_old", &["connection"], "unseen", json!(1));
    point.irreversible = true;
    let def = || workflow(vec![connection(), point.clone(), deploy(&["delete_old"])], rule());
    let before = Told::new(def()).done("connection").exits();
    let ahead: Vec<bool> = before.forward.lanes.iter().map(|lane| lane.no_return).collect();
    assert_eq!((names(&before.forward), ahead), (vec!["delete_old", "deploy"], vec![true, false]));
    assert!(before.back.is_safe());
    let past = Told::new(def()).done("connection").done("delete_old").failed("deploy").exits();
    let closed = past.back.closed.as_deref().unwrap();
    assert_eq!(closed, "`delete_old` cannot be undone, and no rollback goes past it");
    let (step, part) = past.back_to.unwrap();
    assert_eq!((step.as_str(), names(&part)), ("delete_old", vec!["deploy"]));
    assert!(part.is_safe());
}

/// What nobody knows yet is told as such, and what is known is not.
#[test]
fn what_hangs_on_something_is_told_with_it() {
    let mut perhaps = deploy(&["connection"]);
    perhaps.condition = Some(input("migrations"));
    let mut def = workflow(vec![connection(), perhaps], rule());
    let open = Told::new(def.clone()).done("connection").exits();
    assert_eq!(open.forward.lanes[0].perhaps.as_deref(), Some("inputs.migrations"));
    assert_eq!(open.forward.steps(), (0, 1));
    def.inputs.insert("migrations".to_owned(), json!(false));
    assert!(Told::new(def.clone()).done("connection").exits().forward.lanes.is_empty());
    def.inputs.insert("migrations".to_owned(), json!(true));
    assert_eq!(Told::new(def).done("connection").exits().forward.steps(), (1, 1));
}

#[test]
fn who_must_answer_is_said() {
    let prompt = windlass_model::expr::Template::Literal(json!("well?"));
    let mut asks = StepDef::new("ask", Work::Approve { prompt, typed: None });
    asks.needs = vec!["connection".into()];
    let def = workflow(vec![connection(), asks, deploy(&["ask"])], rule());
    let exits = Told::new(def).done("connection").exits();
    let asks: Vec<bool> = exits.forward.lanes.iter().map(|lane| lane.asks).collect();
    assert_eq!((names(&exits.forward), asks), (vec!["ask", "deploy"], vec![true, false]));
}

/// A way out that breaks a rule is none: the build stays on the way back.
#[test]
fn a_way_out_that_breaks_a_rule_is_not_safe() {
    let mut build = deploy(&["connection"]);
    build.compensate =
        Compensate::None { reason: Some("it stays".to_owned()), way_back: None, way_on: None };
    let def = workflow(vec![connection(), build], rule());
    let exits = Told::new(def.clone()).done("connection").done("deploy").exits();
    assert!(exits.forward.is_safe(), "nothing is left");
    let story = exits.back.breaks.unwrap();
    assert_eq!(story.events, ["the undoing of `connection`: app.database is as before the step"]);
    // On the way forward it is the failure of what comes, and a rollback then.
    let before = Told::new(def).done("connection").exits();
    assert!(before.forward.is_safe() && before.forward.risks.is_some());
    assert!(before.back.is_safe() && before.back.risks.is_none());
}

/// Once the dangerous order is behind a run, it is not told again: only what can still come.
#[test]
fn what_lies_behind_a_run_is_not_told_again() {
    let second = sets("second", &["deploy"], "database", json!("main"));
    let def = workflow(vec![connection(), deploy(&[]), second], rule());
    let told = |outline: &Outline| invariants(outline, Options::default()).unwrap();
    assert_eq!(told(&Outline::new(def.clone(), &Small).unwrap()).stories.len(), 1);
    let at = Told::new(def.clone()).done("connection");
    let story = &told(&at.outline()).stories[0];
    assert!(story.events.iter().any(|event| event.contains("rolls the run back")), "{story:?}");
}

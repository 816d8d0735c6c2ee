//! What drifted is put back before anything goes on that comes after it, however far behind.

use crate::support::*;
use windlass_model::drift::DriftDecision;
use windlass_model::expr::{BinaryOp, Expr, Node};
use windlass_model::guards::may_put_back;
use windlass_model::lane::LaneState;
use windlass_model::{EventKind, Phase, Side, StepDef, Workflow};

/// `a0` is done, `a1` is at work outside, and `a2` waits, when the engine dies and somebody has
/// changed what `a0` had left.
fn put_back_behind_what_is_at_work(workflow: Workflow) -> Driver {
    let mut d = Driver::start(workflow);
    d.outside.fate("a0", Side::Forward, &[Fate::Done, Fate::Accepted(9)]);
    d.outside.fate("a1", Side::Forward, &[Fate::Accepted(2)]);
    d.until("a1 is at work", |d| d.said("attempt_accepted", "a1") == 1);
    d.crash();
    let step = || "a0".into();
    d.record(EventKind::DriftFound { step: step(), what: "it runs".into(), who: None });
    let decision = DriftDecision::PutBack;
    d.record(EventKind::DriftDecided { step: step(), decision, by: "ann".into() });
    d
}

#[test]
fn what_is_put_back_is_waited_for_by_what_comes_behind_a_step_at_work() {
    let mut d = put_back_behind_what_is_at_work(chain(4));
    assert_eq!(d.lane("a2", Side::Forward).state, LaneState::Blocked(2), "a1, and a0");
    d.until("a1 is done", |d| d.lane("a1", Side::Forward).finished());
    assert!(!d.lane("a0", Side::Forward).finished(), "it is still being put back");
    assert_eq!(d.lane("a2", Side::Forward).attempts, 0, "it would undo what is put back\n");
    d.until("a2 begins", |d| d.lane("a2", Side::Forward).attempts == 1);
    assert!(d.lane("a0", Side::Forward).finished());
    assert_eq!(d.settle_down(), Phase::Succeeded);
}

/// A crash in between forgets nothing of that, and a rollback needs none of it.
#[test]
fn a_crash_and_a_rollback_in_between_leave_nobody_waiting() {
    let mut d = put_back_behind_what_is_at_work(chain(4));
    d.crash();
    assert_eq!(d.settle_down(), Phase::Succeeded);
    let mut d = put_back_behind_what_is_at_work(chain(4));
    d.signal(crate::rules::rollback(None));
    assert_eq!(d.settle_down(), Phase::RolledBack);
}

/// A copy that a point of no return stood on is not made anew once that one has begun: it would be
/// one of what came after.
#[test]
fn what_a_point_of_no_return_stood_on_is_not_put_back_behind_it() {
    let path = ["copy", "outputs", "attempt"].map(str::to_owned);
    let select = |of, field| Node::Select { of: Box::new(of), field };
    let left = path.into_iter().fold(Node::Name("steps".to_owned()), select);
    let node = Node::Binary {
        op: BinaryOp::Equal,
        left: Box::new(left),
        right: Box::new(Node::Literal(1.into())),
    };
    let requires = Some(Expr { source: "steps.copy.outputs.attempt == 1".to_owned(), node });
    let migrate = StepDef { irreversible: true, requires, ..act("migrate", &["go"]) };
    let steps = vec![act("copy", &[]), act("other", &[]), approve("go", &["copy"]), migrate];
    let mut d = Driver::start(workflow(steps));
    d.settle_down();
    let can = |d: &Driver, step: &str| may_put_back(&d.workflow, &d.run, d.at(step));
    assert!(can(&d, "copy"), "nothing has been migrated yet");
    d.signal(crate::answers::answer("go", true));
    assert_eq!(d.settle_down(), Phase::Succeeded);
    assert!(!can(&d, "copy"));
    assert!(can(&d, "other"), "nothing stood on that");
}

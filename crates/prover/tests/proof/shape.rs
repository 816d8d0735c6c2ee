//! The properties that need no invariant: each broken on purpose, and kept where it is not.

use crate::proved::Small;
use serde_json::json;
use windlass_model::expr::Template;
use windlass_model::step::{StepDef, Work};
use windlass_model::workflow::OnFailure;
use windlass_model::{StepId, WorkflowDef};
use windlass_prover::{Options, Outline, prove};
use windlass_testkit::small::{both, input, is, never, not_input, sets, workflow};

fn broken(def: WorkflowDef) -> Vec<String> {
    let outline = Outline::new(def, &Small).unwrap();
    let verdict = prove(&outline, Options::default()).unwrap();
    verdict.stories.into_iter().map(|story| story.broken).collect()
}

/// With an invariant that nothing can break.
fn of(steps: Vec<StepDef>) -> WorkflowDef {
    workflow(steps, never(is("nowhere", json!("ever"))))
}

fn ask(id: &str, needs: &[&str]) -> StepDef {
    let prompt = Template::Literal(json!("go on?"));
    let needs = needs.iter().map(StepId::new).collect();
    StepDef { needs, ..StepDef::new(id, Work::Approve { prompt, typed: None }) }
}

#[test]
fn two_steps_at_once_write_one_field_only_where_both_can_be_begun() {
    let (one, other) = (sets("one", &[], "a", json!(1)), sets("other", &[], "a", json!(2)));
    assert_eq!(broken(of(vec![one.clone(), other.clone()])), ["written_twice"]);
    let after = StepDef { needs: vec!["one".into()], ..other.clone() };
    assert_eq!(broken(of(vec![one.clone(), after])), [""; 0]);
    let same = StepDef { effects: one.effects.clone(), ..other.clone() };
    assert_eq!(broken(of(vec![one.clone(), same])), [""; 0], "to one value");
    let either = [(one, input("x")), (other, not_input("x"))];
    let either = either.map(|(step, condition)| StepDef { condition: Some(condition), ..step });
    assert_eq!(broken(of(either.to_vec())), [""; 0], "never both");
}

#[test]
fn a_step_that_no_path_reaches_is_named() {
    let mut step = sets("step", &[], "a", json!(1));
    let (x, not_x) = (input("x"), not_input("x"));
    let node = both(x.node.clone(), not_x.node);
    step.condition = Some(windlass_model::expr::Expr { source: "x && !x".to_owned(), node });
    assert_eq!(broken(of(vec![step.clone()])), ["never_begun"]);
    let called = StepDef { file: Some("part.yaml".into()), ..step.clone() };
    assert_eq!(broken(of(vec![called])), [""; 0], "another caller may begin it");
    step.condition = Some(x);
    assert_eq!(broken(of(vec![step])), [""; 0]);
}

#[test]
fn a_rollback_by_itself_does_not_end_at_a_point_of_no_return_unasked() {
    let point = StepDef {
        irreversible: true,
        requires: Some(input("proof")),
        ..sets("point", &[], "a", json!(1))
    };
    let careful = |steps| WorkflowDef { on_failure: OnFailure::Rollback, ..of(steps) };
    let next = |needs: &str| sets("next", &[needs], "b", json!(1));
    let name = "rolls_back_into_a_point_of_no_return";
    assert_eq!(broken(careful(vec![point.clone(), next("point")])), [name]);
    let asked = vec![point.clone(), ask("go", &["point"]), next("go")];
    assert_eq!(broken(careful(asked)), [""; 0]);
    assert_eq!(broken(of(vec![point.clone(), next("point")])), [""; 0], "a human chooses");
    let unproved = StepDef { requires: None, ..point };
    assert_eq!(broken(of(vec![unproved])), ["irreversible_without_proof"]);
}

#[test]
fn a_question_that_nobody_may_answer_waits_for_ever() {
    let asks = StepDef { roles: vec!["release".to_owned()], ..ask("go", &[]) };
    assert_eq!(broken(of(vec![asks.clone()])), ["waits_for_ever"]);
    let mut def = of(vec![asks.clone()]);
    def.environment.approvers.insert("release".to_owned(), vec!["ann".to_owned()]);
    assert_eq!(broken(def.clone()), [""; 0]);
    // Four eyes, and two of them are all that there are.
    def.steps[0].not_by_starter = true;
    assert_eq!(broken(def.clone()), [""; 0], "anybody may start it");
    def.roles = vec!["release".to_owned()];
    assert_eq!(broken(def.clone()), ["waits_for_ever"]);
    let other = WorkflowDef { started_by: Some("bob".to_owned()), ..def.clone() };
    assert_eq!(broken(other), [""; 0], "who started it had the role then");
    def.environment.approvers.get_mut("release").unwrap().push("bob".to_owned());
    assert_eq!(broken(def), [""; 0]);
    let ends = StepDef { timeout_ms: Some(1), ..asks };
    assert_eq!(broken(of(vec![ends])), [""; 0], "it fails in the end");
}

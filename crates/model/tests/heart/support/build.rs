//! Workflows by shape. Nothing here knows how a run goes.

use windlass_model::catalog::{ActionTraits, EffectClass};
use windlass_model::expr::{BinaryOp, Expr, Node, Template, TextPart};
use windlass_model::step::{Compensate, Retry};
use windlass_model::workflow::WORKFLOW_FORMAT;
use windlass_model::{StepDef, StepId, Value, Work, Workflow, WorkflowDef};

/// An action that captures, compensates and is settled at once.
pub fn traits() -> ActionTraits {
    ActionTraits {
        class: EffectClass::Reversible,
        captures: true,
        compensates: true,
        compensates_in_progress: false,
        idempotent: false,
        settle_ms: 0,
    }
}

/// A step that calls an action with these traits.
pub fn act_with(id: &str, needs: &[&str], traits: ActionTraits) -> StepDef {
    let with = Template::Literal(serde_json::json!({ "of": id }));
    let work = Work::Action { uses: "test.act".into(), with, traits };
    StepDef { needs: ids(needs), ..StepDef::new(id, work) }
}

/// A step that calls an action.
pub fn act(id: &str, needs: &[&str]) -> StepDef {
    act_with(id, needs, traits())
}

/// A step that asks for a yes.
pub fn approve(id: &str, needs: &[&str]) -> StepDef {
    let prompt = Template::Text(vec![TextPart::Text("Go on?".into())]);
    StepDef { needs: ids(needs), ..StepDef::new(id, Work::Approve { prompt, typed: None }) }
}

/// A step that asks for a whole number.
pub fn input(id: &str, needs: &[&str]) -> StepDef {
    let prompt = Template::Literal("How many?".into());
    StepDef { needs: ids(needs), ..StepDef::new(id, Work::Input { prompt, ty: "int".into() }) }
}

/// A step that sleeps.
pub fn sleep(id: &str, needs: &[&str], span: &str) -> StepDef {
    let span = Template::Literal(span.into());
    StepDef { needs: ids(needs), ..StepDef::new(id, Work::WaitFor { span }) }
}

/// A step that waits for a signal.
pub fn signal(id: &str, needs: &[&str], name: &str) -> StepDef {
    StepDef { needs: ids(needs), ..StepDef::new(id, Work::WaitSignal { name: name.into() }) }
}

/// A join.
pub fn join(id: &str, needs: &[&str]) -> StepDef {
    StepDef { needs: ids(needs), ..StepDef::new(id, Work::Join) }
}

/// A step without effect.
pub fn set(id: &str, needs: &[&str], values: Value) -> StepDef {
    let work = Work::Set { values: Template::Literal(values) };
    StepDef { needs: ids(needs), ..StepDef::new(id, work) }
}

/// No second attempt.
pub fn once() -> Retry {
    Retry { max_attempts: 1, ..Retry::default() }
}

/// A constant expression.
pub fn constant(value: impl Into<Value>) -> Expr {
    let value = value.into();
    Expr { source: value.to_string(), node: Node::Literal(value) }
}

/// `outputs.<field> == value`
pub fn output_is(field: &str, value: impl Into<Value>) -> Expr {
    let value = value.into();
    let of = Box::new(Node::Name("outputs".into()));
    let left = Box::new(Node::Select { of, field: field.into() });
    let source = format!("outputs.{field} == {value}");
    let right = Box::new(Node::Literal(value));
    Expr { source, node: Node::Binary { op: BinaryOp::Equal, left, right } }
}

/// A custom compensation that captures nothing.
pub fn custom_undo(only_if: Option<Expr>) -> Compensate {
    let with = Template::Literal(serde_json::json!({ "put": "back" }));
    let traits = ActionTraits { captures: false, compensates: false, ..traits() };
    Compensate::Custom { uses: "test.other".into(), with, traits, only_if }
}

/// Builds it, eight at once.
pub fn workflow(steps: Vec<StepDef>) -> Workflow {
    workflow_with(steps, |_| {})
}

/// Builds it with changes.
pub fn workflow_with(steps: Vec<StepDef>, change: impl FnOnce(&mut WorkflowDef)) -> Workflow {
    let mut def = WorkflowDef {
        format: WORKFLOW_FORMAT,
        name: "test".into(),
        max_parallel: 8,
        steps,
        ..WorkflowDef::default()
    };
    change(&mut def);
    Workflow::new(def).expect("a test's workflow is a workflow")
}

/// a0 <- a1 <- … of actions.
pub fn chain(n: usize) -> Workflow {
    let name = |i: usize| format!("a{i}");
    let steps = (0..n).map(|i| match i.checked_sub(1) {
        None => act(&name(i), &[]),
        Some(before) => act(&name(i), &[&name(before)]),
    });
    workflow(steps.collect())
}

/// a, then b and c, then d.
pub fn diamond() -> Workflow {
    workflow(vec![act("a", &[]), act("b", &["a"]), act("c", &["a"]), act("d", &["b", "c"])])
}

/// One root, so many leaves, one join, one step after it: the shape of a `for_each`.
pub fn wide(leaves: usize) -> Workflow {
    let names: Vec<String> = (0..leaves).map(|i| format!("leaf[{i}]")).collect();
    let mut steps = vec![act("root", &[])];
    for (i, name) in names.iter().enumerate() {
        steps.push(StepDef { item: Some(Value::from(i)), ..act(name, &["root"]) });
    }
    let needs: Vec<&str> = names.iter().map(String::as_str).collect();
    steps.push(join("leaf", &needs));
    steps.push(act("last", &["leaf"]));
    workflow(steps)
}

fn ids(names: &[&str]) -> Vec<StepId> {
    names.iter().map(|n| StepId::from(*n)).collect()
}

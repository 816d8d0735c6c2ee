//! Small workflows whose steps declare their effects themselves, written down or from a seed, with
//! a condition on the fields that they set: what a proof is tried on. It must not know any prover.

use crate::prng::Prng;
use serde_json::{Value, json};
use windlass_model::catalog::ActionTraits;
use windlass_model::event::Effect;
use windlass_model::expr::{BinaryOp, Expr, Node, Template, UnaryOp};
use windlass_model::step::{Compensate, DeclaredEffect, StepDef, Work};
use windlass_model::workflow::{Invariant, OnFailure};
use windlass_model::{EffectClass, StepId, WorkflowDef};

/// The resource that all of it is about.
pub const APP: &str = "app";

/// The action of the steps: their effects are their own.
pub const ACT: &str = "test.act";

/// The action of compensations that the file gives: sets the field that its input names.
pub const SET: &str = "test.set";

/// Fields that conditions are about; another one is looked at by nobody.
const FIELDS: [&str; 3] = ["a", "b", "unseen"];

/// The effects of an action of these workflows.
pub fn effects(uses: &str, input: &Value) -> Vec<Effect> {
    match (uses, input.as_array().map(Vec::as_slice)) {
        (SET, Some([Value::String(resource), Value::String(field), value])) => {
            let (resource, field, value) = (resource.clone(), field.clone(), value.clone());
            vec![Effect { resource, field, value }]
        }
        _ => Vec::new(),
    }
}

/// An action that changes something and can put it back.
pub fn traits() -> ActionTraits {
    ActionTraits {
        class: EffectClass::Reversible,
        captures: false,
        compensates: true,
        compensates_in_progress: false,
        idempotent: false,
        settle_ms: 1_000,
    }
}

/// A step that sets a field.
pub fn sets(id: &str, needs: &[&str], field: &str, value: Value) -> StepDef {
    let (uses, with) = (ACT.to_owned(), Template::Literal(Value::Null));
    let effect = DeclaredEffect {
        resource: Template::Literal(json!(APP)),
        field: field.to_owned(),
        value: Some(Template::Literal(value)),
    };
    StepDef {
        needs: needs.iter().map(StepId::new).collect(),
        effects: vec![effect],
        ..StepDef::new(id, Work::Action { uses, with, traits: traits() })
    }
}

/// `app.field == value`.
pub fn is(field: &str, value: Value) -> Node {
    let of = Box::new(Node::Name("resources".to_owned()));
    let of = Box::new(Node::Select { of, field: APP.to_owned() });
    let left = Box::new(Node::Select { of, field: field.to_owned() });
    Node::Binary { op: BinaryOp::Equal, left, right: Box::new(Node::Literal(value)) }
}

/// Both hold.
pub fn both(left: Node, right: Node) -> Node {
    Node::Binary { op: BinaryOp::And, left: Box::new(left), right: Box::new(right) }
}

/// It does not hold.
pub fn not(of: Node) -> Node {
    Node::Unary { op: UnaryOp::Not, of: Box::new(of) }
}

/// `inputs.name`.
pub fn input(name: &str) -> Expr {
    let of = Box::new(Node::Name("inputs".to_owned()));
    Expr { source: format!("inputs.{name}"), node: Node::Select { of, field: name.to_owned() } }
}

/// The same, negated.
pub fn not_input(name: &str) -> Expr {
    Expr { source: format!("!inputs.{name}"), node: not(input(name).node) }
}

/// What must never be.
pub fn never(node: Node) -> Invariant {
    let expr = Expr { source: "never".to_owned(), node };
    Invariant { id: "never".to_owned(), for_each: Vec::new(), expr, never: true }
}

/// The whole.
pub fn workflow(steps: Vec<StepDef>, invariant: Invariant) -> WorkflowDef {
    WorkflowDef { format: 1, steps, invariants: vec![invariant], ..WorkflowDef::default() }
}

/// A workflow from a seed: at most so many steps, in whatever order, with compensations and
/// conditions of every kind.
pub fn from_seed(seed: u64, steps_max: u64) -> WorkflowDef {
    let mut prng = Prng::new(seed);
    let count = prng.between(1, steps_max);
    let ids: Vec<String> = (0..count).map(|at| format!("s{at}")).collect();
    let mut steps = Vec::new();
    for (at, id) in ids.iter().enumerate() {
        let needs: Vec<&str> =
            ids[..at].iter().filter(|_| prng.percent(50)).map(String::as_str).collect();
        steps.push(step(&mut prng, id, &needs));
    }
    let value = |prng: &mut Prng| json!(prng.below(2));
    let invariant = never(both(is("a", value(&mut prng)), is("b", value(&mut prng))));
    let on_failure = if prng.percent(50) { OnFailure::Rollback } else { OnFailure::Stop };
    WorkflowDef { on_failure, max_parallel: 8, ..workflow(steps, invariant) }
}

fn step(prng: &mut Prng, id: &str, needs: &[&str]) -> StepDef {
    let field = *prng.pick(&FIELDS);
    let value = prng.below(2);
    let mut step = sets(id, needs, field, json!(value));
    step.irreversible = prng.percent(20);
    step.compensate = match prng.below(6) {
        0 => Compensate::None { reason: None, way_back: None, way_on: None },
        1 => Compensate::Custom {
            uses: SET.to_owned(),
            with: Template::Literal(json!([APP, prng.pick(&FIELDS), prng.below(2)])),
            traits: traits(),
            only_if: None,
        },
        2 => Compensate::AutoIf { only_if: input("undo") },
        _ => Compensate::Auto,
    };
    step.condition = match prng.below(8) {
        0 => Some(input("x")),
        1 => Some(not_input("x")),
        2 => Some(input("y")),
        _ => None,
    };
    step
}

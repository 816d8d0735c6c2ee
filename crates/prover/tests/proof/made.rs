//! Small workflows whose steps declare their effects themselves, and conditions on the fields that
//! they set.

use serde_json::{Value, json};
use windlass_model::catalog::ActionTraits;
use windlass_model::event::Effect;
use windlass_model::expr::{BinaryOp, Expr, Node, Template, UnaryOp};
use windlass_model::step::{DeclaredEffect, StepDef, Work};
use windlass_model::workflow::Invariant;
use windlass_model::{EffectClass, StepId, WorkflowDef};
use windlass_prover::{Declared, Options, Outline, Verdict, invariants};

/// Steps declare their effects, so that actions need not.
pub struct Silent;

impl Declared for Silent {
    fn effects(&self, uses: &str, input: &Value) -> Vec<Effect> {
        // A custom compensation says by its input what it sets.
        match (uses, input.as_array().map(Vec::as_slice)) {
            ("test.set", Some([Value::String(resource), Value::String(field), value])) => {
                let (resource, field, value) = (resource.clone(), field.clone(), value.clone());
                vec![Effect { resource, field, value }]
            }
            _ => Vec::new(),
        }
    }

    fn output(&self, _uses: &str) -> Option<&Value> {
        None
    }
}

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

/// A step that sets a field of `app`.
pub fn sets(id: &str, needs: &[&str], field: &str, value: Value) -> StepDef {
    let uses = "test.act".to_owned();
    let with = Template::Literal(Value::Null);
    let effect = DeclaredEffect {
        resource: Template::Literal(json!("app")),
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
    let of = Box::new(Node::Select { of, field: "app".to_owned() });
    let left = Box::new(Node::Select { of, field: field.to_owned() });
    Node::Binary { op: BinaryOp::Equal, left, right: Box::new(Node::Literal(value)) }
}

pub fn both(left: Node, right: Node) -> Node {
    Node::Binary { op: BinaryOp::And, left: Box::new(left), right: Box::new(right) }
}

pub fn not(of: Node) -> Node {
    Node::Unary { op: UnaryOp::Not, of: Box::new(of) }
}

/// `inputs.name`, which nobody knows.
pub fn input(name: &str) -> Expr {
    let of = Box::new(Node::Name("inputs".to_owned()));
    Expr { source: format!("inputs.{name}"), node: Node::Select { of, field: name.to_owned() } }
}

pub fn never(node: Node) -> Invariant {
    let expr = Expr { source: "never".to_owned(), node };
    Invariant { id: "never".to_owned(), for_each: Vec::new(), expr, never: true }
}

pub fn workflow(steps: Vec<StepDef>, invariant: Invariant) -> WorkflowDef {
    WorkflowDef { format: 1, steps, invariants: vec![invariant], ..WorkflowDef::default() }
}

pub fn verdict(def: WorkflowDef, reduced: bool) -> Verdict {
    let outline = Outline::new(def, &Silent).unwrap();
    invariants(&outline, Options { reduced, ..Options::default() }).unwrap()
}

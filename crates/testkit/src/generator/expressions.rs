//! Small expressions, as trees. It must not know what they are used for.

use serde_json::Value;
use windlass_model::expr::{BinaryOp, Expr, Node};

/// A constant truth value.
pub fn truth(holds: bool) -> Expr {
    Expr { source: holds.to_string(), node: Node::Literal(Value::from(holds)) }
}

/// `inputs.NAME == VALUE`
pub fn input_is(name: &str, value: i64) -> Expr {
    let node = Node::Binary {
        op: BinaryOp::Equal,
        left: Box::new(path(&["inputs", name])),
        right: Box::new(Node::Literal(Value::from(value))),
    };
    Expr { source: format!("inputs.{name} == {value}"), node }
}

/// `steps.STEP.outputs.FIELD`
pub fn output_of(step: &str, field: &str) -> Expr {
    let source = format!("steps.{step}.outputs.{field}");
    Expr { source, node: path(&["steps", step, "outputs", field]) }
}

/// Whether an expression is the constant `false`.
pub fn is_false(expr: &Expr) -> bool {
    expr.node == Node::Literal(Value::Bool(false))
}

fn path(parts: &[&str]) -> Node {
    let root = Node::Name(parts.first().copied().unwrap_or_default().to_owned());
    parts
        .iter()
        .skip(1)
        .fold(root, |of, field| Node::Select { of: Box::new(of), field: (*field).to_owned() })
}

//! The bounds that an input declares, as an expression: for values that become known during a run.

use super::inputs::DeclaredInput;
use serde_json::{Value, json};
use windlass_model::expr::{BinaryOp, Expr, Node, Template, TextPart};

/// What must hold of an input's value; nothing where it may be any of its type.
pub fn bounds(input: &DeclaredInput, given: &Template) -> Option<Expr> {
    let value = node_of(given);
    let name = &input.name;
    let mut parts: Vec<(String, Node)> = Vec::new();
    let compare = |op: BinaryOp, right: Value| Node::Binary {
        op,
        left: Box::new(value.clone()),
        right: Box::new(Node::Literal(right)),
    };
    if let Some(min) = input.min {
        parts.push((format!("{name} >= {min}"), compare(BinaryOp::GreaterOrEqual, json!(min))));
    }
    if let Some(max) = input.max {
        parts.push((format!("{name} <= {max}"), compare(BinaryOp::LessOrEqual, json!(max))));
    }
    if let Some(pattern) = &input.pattern {
        let matches = Node::Call {
            target: Some(Box::new(value.clone())),
            function: "matches".to_owned(),
            args: vec![Node::Literal(json!(pattern))],
        };
        parts.push((format!("{name}.matches('{pattern}')"), matches));
    }
    if let Some(options) = &input.options {
        let all = Value::Array(options.clone());
        parts.push((format!("{name} in {all}"), compare(BinaryOp::In, all)));
    }
    let parts = parts.into_iter().map(|(source, node)| Expr { source, node });
    parts.reduce(|left, right| Expr {
        source: format!("{} && {}", left.source, right.source),
        node: Node::Binary {
            op: BinaryOp::And,
            left: Box::new(left.node),
            right: Box::new(right.node),
        },
    })
}

/// A value with holes as an expression.
fn node_of(template: &Template) -> Node {
    match template {
        Template::Literal(value) => Node::Literal(value.clone()),
        Template::Expr(expr) => expr.node.clone(),
        Template::Text(parts) => {
            let text = |part: &TextPart| match part {
                TextPart::Text(text) => Node::Literal(json!(text)),
                TextPart::Expr(expr) => Node::Call {
                    target: None,
                    function: "string".to_owned(),
                    args: vec![expr.node.clone()],
                },
            };
            let all = parts.iter().map(text);
            let sum = all.reduce(|left, right| Node::Binary {
                op: BinaryOp::Add,
                left: Box::new(left),
                right: Box::new(right),
            });
            sum.unwrap_or_else(|| Node::Literal(json!("")))
        }
        Template::List(parts) => Node::List(parts.iter().map(node_of).collect()),
        Template::Map(entries) => Node::Map(
            entries.iter().map(|(key, part)| (Node::Literal(json!(key)), node_of(part))).collect(),
        ),
    }
}

//! The paths that an expression mentions: `steps.copy.outputs.database`, `inputs.n`. No values
//! here.

use super::ast::{Expr, Node, Template, TextPart};
use serde_json::Value;

/// A dotted name, one element for each part.
pub type Path = Vec<String>;

/// The path that a node spells, root first: names, fields and constant text keys. None for anything
/// else.
pub fn path_of(node: &Node) -> Option<Vec<&str>> {
    let mut parts = Vec::new();
    let mut at = node;
    loop {
        match at {
            Node::Name(name) => {
                parts.push(name.as_str());
                parts.reverse();
                return Some(parts);
            }
            Node::Select { of, field } => {
                parts.push(field.as_str());
                at = of;
            }
            Node::Index { of, at: key } => {
                let Node::Literal(Value::String(key)) = &**key else { return None };
                parts.push(key.as_str());
                at = of;
            }
            _ => return None,
        }
    }
}

/// The longest paths that an expression mentions, in its order, variables of quantifiers left out.
pub fn roots(expr: &Expr) -> Vec<Path> {
    let mut found = Vec::new();
    visit_paths(&expr.node, &mut |path| {
        found.push(path.iter().map(|part| (*part).to_owned()).collect());
    });
    found
}

/// Calls `see` for each path that a node mentions.
pub fn visit_paths(node: &Node, see: &mut dyn FnMut(&[&str])) {
    visit(node, &mut Vec::new(), see);
}

fn visit<'a>(node: &'a Node, bound: &mut Vec<&'a str>, see: &mut dyn FnMut(&[&str])) {
    if let Some(path) = path_of(node) {
        if !bound.contains(&path[0]) {
            see(&path);
        }
        return;
    }
    match node {
        Node::Literal(_) | Node::Name(_) => {}
        Node::Select { of, .. } | Node::Unary { of, .. } => visit(of, bound, see),
        Node::Index { of, at } => {
            visit(of, bound, see);
            visit(at, bound, see);
        }
        Node::Call { target, args, .. } => {
            for part in target.iter().map(|t| &**t).chain(args) {
                visit(part, bound, see);
            }
        }
        Node::Binary { left, right, .. } => {
            visit(left, bound, see);
            visit(right, bound, see);
        }
        Node::Conditional { test, then, otherwise } => {
            for part in [test, then, otherwise] {
                visit(part, bound, see);
            }
        }
        Node::List(parts) => parts.iter().for_each(|part| visit(part, bound, see)),
        Node::Map(entries) => entries.iter().for_each(|(key, value)| {
            visit(key, bound, see);
            visit(value, bound, see);
        }),
        Node::Quantified { over, variable, body, .. } => {
            visit(over, bound, see);
            bound.push(variable);
            visit(body, bound, see);
            bound.pop();
        }
    }
}

/// Nodes from the root to the deepest leaf.
pub fn depth(node: &Node) -> u32 {
    let deepest = match node {
        Node::Literal(_) | Node::Name(_) => 0,
        Node::Select { of, .. } | Node::Unary { of, .. } => depth(of),
        Node::Index { of, at } => depth(of).max(depth(at)),
        Node::Call { target, args, .. } => {
            target.iter().map(|t| &**t).chain(args).map(depth).max().unwrap_or(0)
        }
        Node::Binary { left, right, .. } => depth(left).max(depth(right)),
        Node::Conditional { test, then, otherwise } => {
            depth(test).max(depth(then)).max(depth(otherwise))
        }
        Node::List(parts) => parts.iter().map(depth).max().unwrap_or(0),
        Node::Map(entries) => {
            entries.iter().map(|(key, value)| depth(key).max(depth(value))).max().unwrap_or(0)
        }
        Node::Quantified { over, body, .. } => depth(over).max(depth(body)),
    };
    deepest + 1
}

impl Template {
    /// Calls `see` for each expression inside, in order.
    pub fn visit_exprs<'a>(&'a self, see: &mut dyn FnMut(&'a Expr)) {
        match self {
            Self::Literal(_) => {}
            Self::Expr(expr) => see(expr),
            Self::Text(parts) => {
                for part in parts {
                    if let TextPart::Expr(expr) = part {
                        see(expr);
                    }
                }
            }
            Self::List(parts) => parts.iter().for_each(|part| part.visit_exprs(see)),
            Self::Map(entries) => entries.iter().for_each(|(_, part)| part.visit_exprs(see)),
        }
    }
}

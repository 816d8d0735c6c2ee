//! The parser's tree into the model's. What the model has no node for is refused in words.

use super::marks::Marks;
use cel::common::ast::{
    CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue, SourceInfo, operators,
};
use serde_json::{Number, Value};
use std::ops::Range;
use windlass_model::expr::{BinaryOp, Node, Quantifier, UnaryOp};

/// A node that cannot be, and where.
pub type NotLowered = (String, Range<usize>);

type Lowered = Result<(Node, Marks), NotLowered>;

/// Lowers a tree.
pub fn lower(expr: &IdedExpr, info: &SourceInfo) -> Lowered {
    let at = range(expr, info);
    match &expr.expr {
        Expr::Ident(name) => Ok((Node::Name(name.clone()), Marks::leaf(at))),
        Expr::Literal(literal) => lower_literal(literal, at),
        Expr::Select(select) => {
            let (of, of_marks) = lower(&select.operand, info)?;
            let end = field_end(&info.source, at.start, &select.field);
            let marks = Marks::around(at.start..end, vec![of_marks]);
            let node = Node::Select { of: Box::new(of), field: select.field.clone() };
            if select.test {
                let has = Node::Call { target: None, function: "has".to_owned(), args: vec![node] };
                return Ok((has, Marks::around(at, vec![marks])));
            }
            Ok((node, marks))
        }
        Expr::Call(call) => lower_call(call, at, info),
        Expr::List(list) if list.optional_indices.is_empty() => {
            let (nodes, marks) = lower_all(&list.elements, info)?;
            Ok((Node::List(nodes), Marks::around(at, marks)))
        }
        Expr::Map(map) => {
            let (mut entries, mut marks) = (Vec::new(), Vec::new());
            for entry in &map.entries {
                let EntryExpr::MapEntry(entry) = &entry.expr else {
                    return Err(("only maps of texts are known here".to_owned(), at));
                };
                let (key, key_marks) = lower(&entry.key, info)?;
                let (value, value_marks) = lower(&entry.value, info)?;
                entries.push((key, value));
                marks.extend([key_marks, value_marks]);
            }
            Ok((Node::Map(entries), Marks::around(at, marks)))
        }
        Expr::Comprehension(comprehension) => lower_quantifier(comprehension, at, info),
        Expr::List(_) | Expr::Struct(_) | Expr::Unspecified => {
            Err(("this form is not part of the language of workflows".to_owned(), at))
        }
    }
}

fn range(expr: &IdedExpr, info: &SourceInfo) -> Range<usize> {
    let (start, stop) = info.offset_for(expr.id).unwrap_or((0, 0));
    start as usize..(stop as usize).saturating_add(1).max(start as usize)
}

/// The end of a field's name after its dot.
fn field_end(source: &str, dot: usize, field: &str) -> usize {
    let rest = source.get(dot..).unwrap_or_default();
    rest.find(field).map_or(dot + 1, |found| dot + found + field.len())
}

/// The beginning of a function's name before its bracket.
fn name_start(source: &str, bracket: usize, name: &str) -> usize {
    let before = source.get(..bracket).unwrap_or_default().trim_end();
    if before.ends_with(name) { before.len() - name.len() } else { bracket }
}

fn lower_all(exprs: &[IdedExpr], info: &SourceInfo) -> Result<(Vec<Node>, Vec<Marks>), NotLowered> {
    let mut nodes = Vec::new();
    let mut marks = Vec::new();
    for expr in exprs {
        let (node, mark) = lower(expr, info)?;
        nodes.push(node);
        marks.push(mark);
    }
    Ok((nodes, marks))
}

fn lower_literal(literal: &LiteralValue, at: Range<usize>) -> Lowered {
    let value = match literal {
        LiteralValue::Boolean(truth) => Value::Bool(*truth.inner()),
        LiteralValue::Int(n) => Value::from(*n.inner()),
        LiteralValue::UInt(n) => match i64::try_from(*n.inner()) {
            Ok(n) => Value::from(n),
            Err(_) => return Err(("this number is too large".to_owned(), at)),
        },
        LiteralValue::Double(f) => match Number::from_f64(*f.inner()) {
            Some(n) => Value::Number(n),
            None => return Err(("this number is too large".to_owned(), at)),
        },
        LiteralValue::String(text) => Value::from(text.inner()),
        LiteralValue::Null => Value::Null,
        LiteralValue::Bytes(_) => {
            return Err(("there are no bytes here; write a text".to_owned(), at));
        }
    };
    Ok((Node::Literal(value), Marks::leaf(at)))
}

fn lower_call(call: &CallExpr, at: Range<usize>, info: &SourceInfo) -> Lowered {
    let (mut args, mut marks) = lower_all(&call.args, info)?;
    let name = call.func_name.as_str();
    if let (Some(op), 2) = (binary_op(name), args.len()) {
        let right = Box::new(args.remove(1));
        let left = Box::new(args.remove(0));
        return Ok((Node::Binary { op, left, right }, Marks::around(at, marks)));
    }
    let unary = match name {
        operators::LOGICAL_NOT => Some(UnaryOp::Not),
        operators::NEGATE => Some(UnaryOp::Negate),
        _ => None,
    };
    match (name, unary, args.len()) {
        (_, Some(op), 1) => {
            let of = Box::new(args.remove(0));
            Ok((Node::Unary { op, of }, Marks::around(at, marks)))
        }
        (operators::CONDITIONAL, _, 3) => {
            let otherwise = Box::new(args.remove(2));
            let then = Box::new(args.remove(1));
            let test = Box::new(args.remove(0));
            Ok((Node::Conditional { test, then, otherwise }, Marks::around(at, marks)))
        }
        (operators::INDEX, _, 2) => {
            let index = Box::new(args.remove(1));
            let of = Box::new(args.remove(0));
            Ok((Node::Index { of, at: index }, Marks::around(at, marks)))
        }
        _ if !name.chars().all(|c| c.is_alphanumeric() || c == '_') => {
            Err(("this form is not part of the language of workflows".to_owned(), at))
        }
        _ => {
            let target = call.target.as_deref().map(|target| lower(target, info)).transpose()?;
            let (target, mut all) = match target {
                Some((node, mark)) => (Some(Box::new(node)), vec![mark]),
                None => (None, Vec::new()),
            };
            all.append(&mut marks);
            let start = name_start(&info.source, at.start, name);
            let node = Node::Call { target, function: name.to_owned(), args };
            Ok((node, Marks::around(start..at.end, all)))
        }
    }
}

fn binary_op(name: &str) -> Option<BinaryOp> {
    Some(match name {
        operators::LOGICAL_AND => BinaryOp::And,
        operators::LOGICAL_OR => BinaryOp::Or,
        operators::EQUALS => BinaryOp::Equal,
        operators::NOT_EQUALS => BinaryOp::NotEqual,
        operators::LESS => BinaryOp::Less,
        operators::LESS_EQUALS => BinaryOp::LessOrEqual,
        operators::GREATER => BinaryOp::Greater,
        operators::GREATER_EQUALS => BinaryOp::GreaterOrEqual,
        operators::ADD => BinaryOp::Add,
        operators::SUBSTRACT => BinaryOp::Subtract,
        operators::MULTIPLY => BinaryOp::Multiply,
        operators::DIVIDE => BinaryOp::Divide,
        operators::MODULO => BinaryOp::Remainder,
        operators::IN => BinaryOp::In,
        _ => return None,
    })
}

/// Quantifiers arrive as loops; the loop's shape tells which one was written.
fn lower_quantifier(loop_: &ComprehensionExpr, at: Range<usize>, info: &SourceInfo) -> Lowered {
    let unknown = || ("this quantifier is not known here".to_owned(), at.clone());
    let Expr::Call(step) = &loop_.loop_step.expr else { return Err(unknown()) };
    let args = step.args.as_slice();
    let (kind, condition, made) = match (step.func_name.as_str(), args) {
        (operators::LOGICAL_AND, [_, body]) => (Quantifier::All, None, body),
        (operators::LOGICAL_OR, [_, body]) => (Quantifier::Exists, None, body),
        (operators::ADD, [_, made]) => (Quantifier::Map, None, one_of(made).ok_or_else(unknown)?),
        (operators::CONDITIONAL, [condition, then, _]) => {
            let Expr::Call(then) = &then.expr else { return Err(unknown()) };
            match (&loop_.accu_init.expr, then.args.as_slice()) {
                (Expr::Literal(_), _) => (Quantifier::ExistsOne, None, condition),
                (_, [_, made]) => {
                    let made = one_of(made).ok_or_else(unknown)?;
                    match &made.expr {
                        Expr::Ident(name) if *name == loop_.iter_var => {
                            (Quantifier::Filter, None, condition)
                        }
                        _ => (Quantifier::Map, Some(condition), made),
                    }
                }
                _ => return Err(unknown()),
            }
        }
        _ => return Err(unknown()),
    };
    let (over, over_marks) = lower(&loop_.iter_range, info)?;
    let (body, body_marks) = lower(made, info)?;
    let variable = loop_.iter_var.clone();
    let (over, over_marks) = match condition {
        None => (over, over_marks),
        Some(condition) => {
            let (keep, keep_marks) = lower(condition, info)?;
            let (kind, over, body) = (Quantifier::Filter, Box::new(over), Box::new(keep));
            let node = Node::Quantified { kind, over, variable: variable.clone(), body };
            (node, Marks::around(at.clone(), vec![over_marks, keep_marks]))
        }
    };
    let node = Node::Quantified { kind, over: Box::new(over), variable, body: Box::new(body) };
    Ok((node, Marks::around(at, vec![over_marks, body_marks])))
}

fn one_of(list: &IdedExpr) -> Option<&IdedExpr> {
    match &list.expr {
        Expr::List(list) => match list.elements.as_slice() {
            [one] => Some(one),
            _ => None,
        },
        _ => None,
    }
}

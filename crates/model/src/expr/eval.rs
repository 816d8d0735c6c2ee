//! The value of an expression: pure, bounded, and recorded by whoever asks. It knows no file and no
//! checker.

use super::ast::{BinaryOp, Expr, Node, Quantifier};
use super::functions;
use super::operators::{LIST_MAX, binary, truth_of, unary};
use super::paths::path_of;
use super::problem::{EvalError, Problem, type_name};
use super::scope::{Scope, pick, pick_ref};
use serde_json::{Map, Value};

/// Nodes visited in one evaluation. A condition takes dozens; a quantifier over a full list takes
/// some tens of thousands; a product of quantifiers over long lists is a mistake.
pub const EVAL_STEPS_MAX: u32 = 200_000;

/// Deepest tree that is evaluated. A stored workflow must be readable again, and JSON readers stop
/// at 128 levels, of which a node takes up to three.
pub const EXPR_DEPTH_MAX: u32 = 24;

/// The value of an expression in a scope.
pub fn evaluate(expr: &Expr, scope: &dyn Scope) -> Result<Value, EvalError> {
    let mut run = Evaluation { scope, steps: 0 };
    run.value(&expr.node, None, 1).map_err(|problem| EvalError::new(&expr.source, problem))
}

impl Expr {
    /// The value in a scope.
    pub fn evaluate(&self, scope: &dyn Scope) -> Result<Value, EvalError> {
        evaluate(self, scope)
    }

    /// The value in a scope, which must be a truth value.
    pub fn holds(&self, scope: &dyn Scope) -> Result<bool, EvalError> {
        let value = evaluate(self, scope)?;
        value.as_bool().ok_or_else(|| {
            let problem = Problem::Type {
                what: "a condition",
                wanted: "a truth value",
                got: type_name(&value),
            };
            EvalError::new(&self.source, problem)
        })
    }
}

/// A variable of a quantifier, and those around it.
#[derive(Clone, Copy)]
struct Local<'a> {
    name: &'a str,
    value: &'a Value,
    outer: Option<&'a Local<'a>>,
}

type Locals<'a> = Option<&'a Local<'a>>;

fn local<'a>(mut locals: Locals<'a>, name: &str) -> Option<&'a Value> {
    while let Some(at) = locals {
        if at.name == name {
            return Some(at.value);
        }
        locals = at.outer;
    }
    None
}

struct Evaluation<'s> {
    scope: &'s dyn Scope,
    steps: u32,
}

impl Evaluation<'_> {
    fn value(&mut self, node: &Node, locals: Locals<'_>, depth: u32) -> Result<Value, Problem> {
        self.steps += 1;
        if self.steps > EVAL_STEPS_MAX {
            return Err(Problem::Steps(EVAL_STEPS_MAX));
        }
        if depth > EXPR_DEPTH_MAX {
            return Err(Problem::Depth(EXPR_DEPTH_MAX));
        }
        if let Some(path) = path_of(node) {
            return self.path(&path, locals);
        }
        let deeper = depth + 1;
        match node {
            Node::Literal(value) => Ok(value.clone()),
            Node::Name(name) => Err(Problem::Nothing(name.clone())),
            Node::Select { of, field } => select(&self.value(of, locals, deeper)?, field),
            Node::Index { of, at } => {
                let of = self.value(of, locals, deeper)?;
                index(&of, &self.value(at, locals, deeper)?)
            }
            Node::Call { target, function, args } => {
                self.call(target.as_deref(), function, args, locals, deeper)
            }
            Node::Unary { op, of } => unary(*op, &self.value(of, locals, deeper)?),
            Node::Binary { op: op @ (BinaryOp::And | BinaryOp::Or), left, right } => {
                self.logic(*op == BinaryOp::Or, [left, right], locals, deeper)
            }
            Node::Binary { op, left, right } => {
                let left = self.value(left, locals, deeper)?;
                binary(*op, &left, &self.value(right, locals, deeper)?)
            }
            Node::Conditional { test, then, otherwise } => {
                let truth = truth_of("?:", &self.value(test, locals, deeper)?)?;
                self.value(if truth { then } else { otherwise }, locals, deeper)
            }
            Node::List(parts) => {
                parts.iter().map(|part| self.value(part, locals, deeper)).collect()
            }
            Node::Map(entries) => self.map(entries, locals, deeper),
            Node::Quantified { kind, over, variable, body } => {
                let over = elements(self.value(over, locals, deeper)?)?;
                self.quantified(*kind, over, (variable, body), locals, deeper)
            }
        }
    }

    /// A path: a variable's, or the scope's; what the scope does not know whole is selected from
    /// what it knows.
    fn path(&mut self, path: &[&str], locals: Locals<'_>) -> Result<Value, Problem> {
        if let Some(value) = local(locals, path[0]) {
            return walk(value.clone(), &path[1..]);
        }
        for known in (1..=path.len()).rev() {
            if let Some(value) = self.scope.resolve(&path[..known]) {
                return match known == path.len() {
                    true => Ok(value),
                    false => walk(value, &path[known..]),
                };
            }
        }
        Err(Problem::Nothing(path.join(".")))
    }

    /// Where one side decides, an error of the other does not count, whichever stands first (CEL's
    /// rule).
    fn logic(
        &mut self,
        deciding: bool,
        sides: [&Node; 2],
        locals: Locals<'_>,
        depth: u32,
    ) -> Result<Value, Problem> {
        let what = if deciding { "||" } else { "&&" };
        let mut first = self.value(sides[0], locals, depth).and_then(|v| truth_of(what, &v));
        if first == Ok(deciding) {
            return Ok(deciding.into());
        }
        let second = self.value(sides[1], locals, depth).and_then(|v| truth_of(what, &v));
        if second == Ok(deciding) {
            first = Ok(deciding);
        }
        first.and(second).map(Value::Bool)
    }

    fn call(
        &mut self,
        target: Option<&Node>,
        name: &str,
        args: &[Node],
        locals: Locals<'_>,
        depth: u32,
    ) -> Result<Value, Problem> {
        if let (None, "has", [of]) = (target, name, args) {
            return self.has(of, locals, depth).map(Value::Bool);
        }
        let Some(function) = functions::find(name, target.is_some(), args.len()) else {
            return Err(Problem::NoFunction(name.to_owned()));
        };
        let mut values = Vec::with_capacity(args.len() + 1);
        for part in target.into_iter().chain(args) {
            values.push(self.value(part, locals, depth)?);
        }
        function.apply(&values)
    }

    fn has(&mut self, of: &Node, locals: Locals<'_>, depth: u32) -> Result<bool, Problem> {
        if let Some(path) = path_of(of) {
            return Ok(match local(locals, path[0]) {
                Some(value) => pick_ref(value, &path[1..]).is_some(),
                None => (1..=path.len()).rev().any(|known| {
                    let value = self.scope.resolve(&path[..known]);
                    value.is_some_and(|value| pick_ref(&value, &path[known..]).is_some())
                }),
            });
        }
        match of {
            Node::Select { of, field } => {
                Ok(self.value(of, locals, depth)?.get(field.as_str()).is_some())
            }
            _ => Err(Problem::NoFunction("has".to_owned())),
        }
    }

    fn map(
        &mut self,
        entries: &[(Node, Node)],
        locals: Locals<'_>,
        depth: u32,
    ) -> Result<Value, Problem> {
        let mut map = Map::new();
        for (key, value) in entries {
            let key = match self.value(key, locals, depth)? {
                Value::String(key) => key,
                other => {
                    let got = type_name(&other);
                    return Err(Problem::Type { what: "{}", wanted: "a text as key", got });
                }
            };
            map.insert(key, self.value(value, locals, depth)?);
        }
        Ok(Value::Object(map))
    }

    fn quantified(
        &mut self,
        kind: Quantifier,
        over: Vec<Value>,
        (variable, body): (&str, &Node),
        locals: Locals<'_>,
        depth: u32,
    ) -> Result<Value, Problem> {
        let mut kept = Vec::new();
        let mut count = 0usize;
        let mut failed = None;
        for element in over {
            let inner = Local { name: variable, value: &element, outer: locals };
            let made = self.value(body, Some(&inner), depth);
            if kind == Quantifier::Map {
                kept.push(made?);
                continue;
            }
            let truth = match made.and_then(|value| truth_of("a quantifier", &value)) {
                Ok(truth) => truth,
                // as with && and ||: an error counts only where no other element decides
                Err(problem) if matches!(kind, Quantifier::All | Quantifier::Exists) => {
                    failed.get_or_insert(problem);
                    continue;
                }
                Err(problem) => return Err(problem),
            };
            match kind {
                Quantifier::All if !truth => return Ok(false.into()),
                Quantifier::Exists if truth => return Ok(true.into()),
                Quantifier::Filter if truth => kept.push(element),
                _ => count += usize::from(truth),
            }
        }
        match (failed, kind) {
            (Some(problem), _) => Err(problem),
            (None, Quantifier::All) => Ok(true.into()),
            (None, Quantifier::Exists) => Ok(false.into()),
            (None, Quantifier::ExistsOne) => Ok((count == 1).into()),
            (None, Quantifier::Filter | Quantifier::Map) => Ok(Value::Array(kept)),
        }
    }
}

/// What a quantifier visits: the elements of a list, the keys of a map.
fn elements(over: Value) -> Result<Vec<Value>, Problem> {
    let elements: Vec<Value> = match over {
        Value::Array(list) => list,
        Value::Object(map) => map.into_iter().map(|(key, _)| Value::String(key)).collect(),
        other => {
            let wanted = "a list or a map";
            return Err(Problem::Type { what: "a quantifier", wanted, got: type_name(&other) });
        }
    };
    match elements.len() {
        0..=LIST_MAX => Ok(elements),
        _ => Err(Problem::ListTooLong(LIST_MAX)),
    }
}

fn walk(value: Value, path: &[&str]) -> Result<Value, Problem> {
    match pick(&value, path) {
        Some(found) => Ok(found),
        None => path.iter().try_fold(value, |at, part| select(&at, part)),
    }
}

fn select(of: &Value, field: &str) -> Result<Value, Problem> {
    match of {
        Value::Object(map) => {
            map.get(field).cloned().ok_or_else(|| Problem::NoKey(field.to_owned()))
        }
        other => Err(Problem::NoField { got: type_name(other), field: field.to_owned() }),
    }
}

fn index(of: &Value, at: &Value) -> Result<Value, Problem> {
    match (of, at) {
        (Value::Array(list), Value::Number(n)) => {
            let at = n.as_i64().unwrap_or(-1);
            let found = usize::try_from(at).ok().and_then(|at| list.get(at));
            found.cloned().ok_or(Problem::OutOfRange { size: list.len(), at })
        }
        (Value::Object(_), Value::String(key)) => select(of, key),
        (Value::Array(_), other) => {
            Err(Problem::Type { what: "[]", wanted: "a whole number", got: type_name(other) })
        }
        (Value::Object(_), other) => {
            Err(Problem::Type { what: "[]", wanted: "a text", got: type_name(other) })
        }
        (other, _) => {
            Err(Problem::Type { what: "[]", wanted: "a list or a map", got: type_name(other) })
        }
    }
}

#[cfg(test)]
#[path = "eval_tests.rs"]
mod tests;

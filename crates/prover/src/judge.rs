//! The value of an expression where not all of it is known. What cannot be told becomes an unknown
//! value of its own; a condition that hangs on it names what must be chosen first. It must not know
//! any run.

use crate::facts::{Atom, Facts};
use crate::unknown::{edges, has_unknown, open_text, shown_value, unknown};
use windlass_model::expr::functions::find;
use windlass_model::expr::operators::{binary, equal, symbol, unary};
use windlass_model::expr::paths::path_of;
use windlass_model::expr::{BinaryOp, Expr, Node, Quantifier, Scope, Template, TextPart, UnaryOp};
use windlass_model::{Map, Value};

/// What a condition came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Truth {
    /// So or not so.
    Known(bool),
    /// It hangs on this.
    Open(Atom),
}

/// Whether a condition holds. An error of an expression is something unknown: it may be mended by
/// values that nobody knows yet.
pub fn truth(expr: &Expr, scope: &dyn Scope, facts: &Facts) -> Truth {
    let mut judge = Judge { scope, facts, open: None, locals: Vec::new() };
    let value = judge.value(&expr.node);
    match judge.truth_of(&value) {
        Some(known) => Truth::Known(known),
        None => {
            let whole = || Atom::True(expr.source.clone());
            let atom = judge.open.take().unwrap_or_else(whole);
            facts.holds(&atom).map_or(Truth::Open(atom), Truth::Known)
        }
    }
}

/// The value of a template, as far as it is known.
pub fn render(template: &Template, scope: &dyn Scope) -> Value {
    let facts = Facts::default();
    let value = |expr: &Expr| {
        Judge { scope, facts: &facts, open: None, locals: Vec::new() }.value(&expr.node)
    };
    match template {
        Template::Literal(value) => value.clone(),
        Template::Expr(expr) => value(expr),
        Template::Text(parts) => {
            let part = |part: &TextPart| match part {
                TextPart::Text(text) => text.clone(),
                TextPart::Expr(expr) => match value(expr) {
                    Value::String(text) => text,
                    other => other.to_string(),
                },
            };
            Value::String(parts.iter().map(part).collect())
        }
        Template::List(parts) => parts.iter().map(|part| render(part, scope)).collect(),
        Template::Map(entries) => {
            entries.iter().map(|(key, part)| (key.clone(), render(part, scope))).collect()
        }
    }
}

struct Judge<'a> {
    scope: &'a dyn Scope,
    facts: &'a Facts,
    /// The first thing that was not known and mattered.
    open: Option<Atom>,
    locals: Vec<(&'a str, Value)>,
}

impl<'a> Judge<'a> {
    fn value(&mut self, node: &'a Node) -> Value {
        if let Some(path) = path_of(node) {
            return self.path(&path);
        }
        match node {
            Node::Literal(value) => value.clone(),
            Node::Name(name) => unknown(name),
            Node::Select { of, field } => select(&self.value(of), field),
            Node::Index { of, at } => {
                let (of, at) = (self.value(of), self.value(at));
                index(&of, &at)
            }
            Node::Call { target, function, args } => self.call(target.as_deref(), function, args),
            Node::Unary { op: UnaryOp::Not, of } => {
                let value = self.value(of);
                match self.truth_of(&value) {
                    Some(known) => Value::Bool(!known),
                    None => unknown(&format!("!{}", shown_value(&value))),
                }
            }
            Node::Unary { op, of } => {
                let value = self.value(of);
                unary(*op, &value).unwrap_or_else(|_| unknown(&shown_value(&value)))
            }
            Node::Binary { op: op @ (BinaryOp::And | BinaryOp::Or), left, right } => {
                self.logic(*op, left, right)
            }
            Node::Binary { op, left, right } => {
                let (left, right) = (self.value(left), self.value(right));
                self.compare(*op, &left, &right)
            }
            Node::Conditional { test, then, otherwise } => {
                let test = self.value(test);
                match self.truth_of(&test) {
                    Some(true) => self.value(then),
                    Some(false) => self.value(otherwise),
                    None => {
                        let (then, otherwise) = (self.value(then), self.value(otherwise));
                        let of = [&test, &then, &otherwise].map(shown_value);
                        unknown(&format!("{} ? {} : {}", of[0], of[1], of[2]))
                    }
                }
            }
            Node::List(parts) => parts.iter().map(|part| self.value(part)).collect(),
            Node::Map(entries) => {
                let mut map = Map::new();
                for (key, value) in entries {
                    let key = shown_value(&self.value(key));
                    map.insert(key, self.value(value));
                }
                Value::Object(map)
            }
            Node::Quantified { kind, over, variable, body } => {
                let over = self.value(over);
                self.quantified(*kind, over, variable, body)
            }
        }
    }

    fn path(&self, path: &[&str]) -> Value {
        if let Some((_, value)) = self.locals.iter().rev().find(|(name, _)| *name == path[0]) {
            return path[1..].iter().fold(value.clone(), |at, field| select(&at, field));
        }
        for known in (1..=path.len()).rev() {
            if let Some(value) = self.scope.resolve(&path[..known]) {
                return path[known..].iter().fold(value, |at, field| select(&at, field));
            }
        }
        unknown(&path.join("."))
    }

    /// The truth of a value, where it is known; else what it hangs on is kept.
    fn truth_of(&mut self, value: &Value) -> Option<bool> {
        match value {
            Value::Bool(known) => Some(*known),
            Value::String(text) => self.ask(Atom::True(text.clone())),
            _ => None,
        }
    }

    fn ask(&mut self, atom: Atom) -> Option<bool> {
        let known = self.facts.holds(&atom);
        if known.is_none() && self.open.is_none() {
            self.open = Some(atom);
        }
        known
    }

    /// Where one side decides, the other does not count.
    fn logic(&mut self, op: BinaryOp, left: &'a Node, right: &'a Node) -> Value {
        let deciding = op == BinaryOp::Or;
        let first = self.value(left);
        let first_is = self.truth_of(&first);
        if first_is == Some(deciding) {
            return Value::Bool(deciding);
        }
        let second = self.value(right);
        match (first_is, self.truth_of(&second)) {
            (_, Some(known)) if known == deciding => Value::Bool(deciding),
            (Some(_), Some(_)) => Value::Bool(!deciding),
            _ => {
                let (first, second) = (shown_value(&first), shown_value(&second));
                // its truth is asked again, with more facts
                unknown(&format!("({first} {} {second})", symbol(op)))
            }
        }
    }

    fn compare(&mut self, op: BinaryOp, left: &Value, right: &Value) -> Value {
        let named =
            || unknown(&format!("{} {} {}", shown_value(left), symbol(op), shown_value(right)));
        let (open, other) = match (open_text(left), open_text(right)) {
            (Some(text), _) => (text, right),
            (None, Some(text)) => (text, left),
            (None, None) if has_unknown(left) || has_unknown(right) => return named(),
            (None, None) => return binary(op, left, right).unwrap_or_else(|_| named()),
        };
        let is_equal = matches!(op, BinaryOp::Equal);
        if !is_equal && op != BinaryOp::NotEqual {
            let text = format!("{} {} {}", shown_value(left), symbol(op), shown_value(right));
            return match self.ask(Atom::True(text)) {
                Some(known) => Value::Bool(known),
                None => named(),
            };
        }
        let same = match (equal(left, right), other) {
            (true, _) => Some(true),
            // A truth value that is compared with one is that truth value.
            (false, Value::Bool(wanted)) => {
                self.ask(Atom::True(open.to_owned())).map(|is| is == *wanted)
            }
            (false, Value::Null) if !edges(open).0.is_empty() => Some(false),
            (false, Value::String(_) | Value::Number(_) | Value::Null) => {
                self.ask(Atom::Equal(open.to_owned(), other.to_string()))
            }
            (false, _) => None,
        };
        same.map_or_else(named, |same| Value::Bool(same == is_equal))
    }

    fn call(&mut self, target: Option<&'a Node>, name: &str, args: &'a [Node]) -> Value {
        let values: Vec<Value> =
            target.into_iter().chain(args).map(|part| self.value(part)).collect();
        let of = || {
            let parts: Vec<String> = values.iter().map(shown_value).collect();
            format!("{name}({})", parts.join(", "))
        };
        if let ("startsWith", [text, Value::String(with)]) = (name, values.as_slice())
            && let Some(text) = open_text(text)
        {
            let with = with.clone();
            return match self.ask(Atom::Begins(text.to_owned(), with)) {
                Some(known) => Value::Bool(known),
                None => unknown(&of()),
            };
        }
        if values.iter().any(has_unknown) {
            return unknown(&of());
        }
        let function = find(name, target.is_some(), args.len());
        let known = function.and_then(|function| function.apply(&values).ok());
        known.unwrap_or_else(|| unknown(&of()))
    }

    fn quantified(
        &mut self,
        kind: Quantifier,
        over: Value,
        variable: &'a str,
        body: &'a Node,
    ) -> Value {
        let elements: Vec<Value> = match over {
            Value::Array(list) => list,
            Value::Object(map) => map.into_iter().map(|(key, _)| Value::String(key)).collect(),
            other => return unknown(&format!("each of {}", shown_value(&other))),
        };
        let mut truths = Vec::new();
        let mut made = Vec::new();
        for element in &elements {
            self.locals.push((variable, element.clone()));
            let value = self.value(body);
            self.locals.pop();
            if kind != Quantifier::Map {
                truths.push(self.truth_of(&value));
            }
            made.push(value);
        }
        let all_known = truths.iter().all(Option::is_some);
        let count = truths.iter().filter(|truth| **truth == Some(true)).count();
        match kind {
            Quantifier::Map => Value::Array(made),
            Quantifier::All if truths.contains(&Some(false)) => Value::Bool(false),
            Quantifier::Exists if count > 0 => Value::Bool(true),
            _ if !all_known => unknown(&format!("something of each {variable}")),
            Quantifier::All => Value::Bool(true),
            Quantifier::Exists => Value::Bool(false),
            Quantifier::ExistsOne => Value::Bool(count == 1),
            Quantifier::Filter => {
                let kept = elements.into_iter().zip(truths);
                Value::Array(kept.filter(|(_, is)| *is == Some(true)).map(|(one, _)| one).collect())
            }
        }
    }
}

fn select(of: &Value, field: &str) -> Value {
    match of {
        Value::Object(map) => {
            map.get(field).cloned().unwrap_or_else(|| unknown(&format!("no {field}")))
        }
        other => unknown(&format!("{}.{field}", shown_value(other))),
    }
}

fn index(of: &Value, at: &Value) -> Value {
    let found = match (of, at) {
        (Value::Array(list), Value::Number(n)) => {
            n.as_u64().and_then(|at| list.get(usize::try_from(at).ok()?)).cloned()
        }
        (Value::Object(map), Value::String(key)) => map.get(key).cloned(),
        _ => None,
    };
    found.unwrap_or_else(|| unknown(&format!("{}[{}]", shown_value(of), shown_value(at))))
}

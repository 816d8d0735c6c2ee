//! Names and types of an expression, checked before a run.

use super::marks::Marks;
use super::names::Names;
use super::parse::{Parsed, Trouble};
use super::ty::{Ty, kind_name};
use crate::nearest::{did_you_mean, nearest};
use serde_json::Value;
use std::ops::Range;
use windlass_model::expr::functions::{find, pattern};
use windlass_model::expr::operators::symbol;
use windlass_model::expr::{BinaryOp, FUNCTIONS, Node, Quantifier, UnaryOp};

/// The check of one expression.
pub struct Inference<'a> {
    names: &'a Names,
    locals: Vec<(String, Ty)>,
    /// What was found wrong.
    pub troubles: Vec<Trouble>,
}

impl<'a> Inference<'a> {
    /// The type of an expression, and what is wrong with it.
    pub fn run(parsed: &Parsed, names: &'a Names) -> (Ty, Vec<Trouble>) {
        let mut inference = Self { names, locals: Vec::new(), troubles: Vec::new() };
        let ty = inference.infer(&parsed.expr.node, &parsed.marks).whole();
        (ty, inference.troubles)
    }

    fn say(&mut self, code: &'static str, at: &Range<usize>, message: String, help: String) -> Ty {
        self.troubles.push(Trouble::new(code, at.clone(), message, help));
        Ty::Any
    }

    fn want(&mut self, wanted: &Ty, got: &Ty, at: &Range<usize>, by: &str) {
        if !wanted.accepts(got) {
            let message = format!("{by} wants {}, but this is {}", wanted.name(), got.name());
            self.say("expression_type", at, message, String::new());
        }
    }

    /// The type of a node that is used whole.
    fn value(&mut self, node: &Node, marks: &Marks) -> Ty {
        self.infer(node, marks).whole()
    }

    fn infer(&mut self, node: &Node, marks: &Marks) -> Ty {
        match node {
            Node::Literal(value) => Ty::of_value(value),
            Node::Name(name) => self.name(name, marks),
            Node::Select { of, field } => {
                let of = self.infer(of, &marks.part(0));
                self.field(of, field, marks)
            }
            Node::Index { of, at } => self.index(of, at, marks),
            Node::Call { target, function, args } => {
                self.call(target.as_deref(), function, args, marks)
            }
            Node::Unary { op: UnaryOp::Not, of } => {
                let ty = self.value(of, &marks.part(0));
                self.want(&Ty::Bool, &ty, &marks.part(0).at, "`!`");
                Ty::Bool
            }
            Node::Unary { op: UnaryOp::Negate, of } => {
                let ty = self.value(of, &marks.part(0));
                self.want(&Ty::Double, &ty, &marks.part(0).at, "`-`");
                ty
            }
            Node::Binary { op, left, right } => self.binary(*op, left, right, marks),
            Node::Conditional { test, then, otherwise } => {
                let ty = self.value(test, &marks.part(0));
                self.want(&Ty::Bool, &ty, &marks.part(0).at, "`?`");
                let mut types =
                    vec![self.value(then, &marks.part(1)), self.value(otherwise, &marks.part(2))];
                Ty::join(&mut types)
            }
            Node::List(parts) => {
                let typed = parts.iter().enumerate();
                let mut types: Vec<Ty> =
                    typed.map(|(at, part)| self.value(part, &marks.part(at))).collect();
                Ty::List(Box::new(Ty::join(&mut types)))
            }
            Node::Map(entries) => self.map(entries, marks),
            Node::Quantified { kind, over, variable, body } => {
                self.quantified(*kind, over, (variable, body), marks)
            }
        }
    }

    fn name(&mut self, name: &str, marks: &Marks) -> Ty {
        if let Some((_, ty)) = self.locals.iter().rev().find(|(local, _)| local == name) {
            return ty.clone();
        }
        if let Some(ty) = self.names.roots.get(name) {
            return ty.clone();
        }
        if let Some(why) = self.names.absent.get(name) {
            let message = format!("there is no `{name}` here: {why}");
            return self.say("unknown_name", &marks.at, message, String::new());
        }
        let locals: Vec<String> = self.locals.iter().map(|(name, _)| name.clone()).collect();
        let known = self.names.roots.keys().chain(&locals).map(String::as_str);
        let known: Vec<&str> = known.collect();
        let holder = self.names.roots.iter().find_map(|(root, ty)| match ty {
            Ty::Record { fields, .. } if fields.contains_key(name) => Some(root),
            _ => None,
        });
        let help = match (nearest(name, known.iter().copied()), holder) {
            (None, Some(root)) => format!("did you mean `{root}.{name}`?"),
            _ => did_you_mean(name, known),
        };
        self.say("unknown_name", &marks.at, format!("there is nothing called `{name}`"), help)
    }

    fn field(&mut self, of: Ty, field: &str, marks: &Marks) -> Ty {
        let end = marks.at.end;
        let at = end.saturating_sub(field.len())..end;
        match of {
            Ty::Any => Ty::Any,
            Ty::Map(values) => *values,
            Ty::Record { what, fields, .. } => {
                if let Some(ty) = fields.get(field) {
                    return ty.clone();
                }
                if what == STEPS
                    && let Some(why) = self.names.closed_steps.get(field)
                {
                    let message = format!("the step `{field}` may not be named here: {why}");
                    let help = match why.starts_with(ITSELF) {
                        true => String::new(),
                        false => format!("let this step need `{field}`, or move it below it"),
                    };
                    return self.say("not_an_ancestor", &at, message, help);
                }
                let closed = self.names.closed_steps.keys().filter(|_| what == STEPS);
                let known: Vec<&str> = fields.keys().chain(closed).map(String::as_str).collect();
                let message = format!("{what} has no `{field}`");
                let help = match known.is_empty() {
                    true if what == INPUTS => {
                        format!("declare it on top: `inputs: {{ {field}: {{ type: string }} }}`")
                    }
                    true => "there is none here".to_owned(),
                    false => did_you_mean(field, known),
                };
                self.say("unknown_name", &at, message, help)
            }
            other => {
                let message = format!("{} has no field `{field}`", other.name());
                self.say("unknown_name", &at, message, String::new())
            }
        }
    }

    fn index(&mut self, of: &Node, at: &Node, marks: &Marks) -> Ty {
        let of = self.infer(of, &marks.part(0));
        if let Node::Literal(Value::String(key)) = at {
            let mut place = marks.part(1);
            place.at.end = place.at.end.saturating_sub(1).max(place.at.start);
            return self.field(of, key, &place);
        }
        let index = self.value(at, &marks.part(1));
        match of {
            Ty::List(items) => {
                self.want(&Ty::Int, &index, &marks.part(1).at, "`[ ]` of a list");
                *items
            }
            Ty::Map(values) => {
                self.want(&Ty::String, &index, &marks.part(1).at, "`[ ]` of a map");
                *values
            }
            Ty::Any | Ty::Record { .. } => Ty::Any,
            other => {
                let message = format!("{} has no elements", other.name());
                self.say("expression_type", &marks.at, message, String::new())
            }
        }
    }

    fn call(&mut self, target: Option<&Node>, name: &str, args: &[Node], marks: &Marks) -> Ty {
        if let ("has", None, [Node::Select { of, field }]) = (name, target, args) {
            // what has() asks may be missing, what it asks it of may not
            let inner = marks.part(0);
            let of = self.infer(of, &inner.part(0));
            if let Ty::Record { what, fields, .. } = &of
                && !fields.contains_key(field)
            {
                let (what, known) = (what.clone(), fields.keys().cloned().collect::<Vec<_>>());
                let help = did_you_mean(field, known.iter().map(String::as_str));
                let message = format!("{what} never has `{field}`");
                self.say("unknown_name", &inner.at, message, help);
            }
            return Ty::Bool;
        }
        let mut types = Vec::new();
        for (at, part) in target.into_iter().chain(args).enumerate() {
            types.push((self.value(part, &marks.part(at)), marks.part(at).at));
        }
        let Some(function) = find(name, target.is_some(), args.len()) else {
            return self.no_function(name, target.is_some(), args.len(), marks);
        };
        let kinds = function.receiver.iter().chain(function.args);
        for ((ty, at), kind) in types.iter().zip(kinds) {
            if !ty.is(*kind) {
                let message =
                    format!("`{name}` wants {}, but this is {}", kind_name(*kind), ty.name());
                self.say("expression_type", at, message, String::new());
            }
        }
        if let ("matches", Some(Node::Literal(Value::String(text)))) = (name, args.first())
            && pattern(text).is_err()
        {
            let help = "look at brackets and backslashes; in a YAML text, single quotes keep them"
                .to_owned();
            let message = "this is no regular expression of a reasonable size".to_owned();
            self.say("bad_pattern", &marks.part(1).at, message, help);
        }
        Ty::of_kind(function.result)
    }

    fn no_function(&mut self, name: &str, method: bool, args: usize, marks: &Marks) -> Ty {
        let known: Vec<&str> = FUNCTIONS.iter().map(|f| f.name).collect();
        let same = FUNCTIONS.iter().find(|f| f.name == name);
        let (message, help) = match same {
            Some(f) => {
                let list = vec!["…"; f.args.len()].join(", ");
                let form = match f.receiver {
                    Some(_) => format!("text.{name}({list})"),
                    None => format!("{name}({list})"),
                };
                let what = if method { "on a value" } else { "alone" };
                (
                    format!("`{name}` cannot be called {what} with {args} arguments"),
                    format!("write `{form}`"),
                )
            }
            None => {
                let clock =
                    matches!(name, "now" | "timestamp" | "date" | "time" | "random" | "uuid");
                let help = match clock {
                    true => {
                        "there is no clock and no randomness; `run.date` and `run.id` are known"
                            .to_owned()
                    }
                    false => did_you_mean(name, known),
                };
                (format!("there is no function `{name}`"), help)
            }
        };
        self.say("unknown_function", &marks.at, message, help)
    }

    fn binary(&mut self, op: BinaryOp, left: &Node, right: &Node, marks: &Marks) -> Ty {
        let (first, second) = (marks.part(0), marks.part(1));
        let (a, b) = (self.value(left, &first), self.value(right, &second));
        let by = format!("`{}`", symbol(op));
        let number = |ty: &Ty| matches!(ty, Ty::Int | Ty::Double | Ty::Any);
        let text = |ty: &Ty| matches!(ty, Ty::String | Ty::Words(_) | Ty::Any);
        match op {
            BinaryOp::And | BinaryOp::Or => {
                self.want(&Ty::Bool, &a, &first.at, &by);
                self.want(&Ty::Bool, &b, &second.at, &by);
                Ty::Bool
            }
            BinaryOp::Equal | BinaryOp::NotEqual => {
                if !a.comparable(&b) {
                    let message = format!("{} never equals {}", a.name(), b.name());
                    let help = "convert one side with int(), double() or string()".to_owned();
                    self.say("expression_type", &marks.at, message, help);
                }
                Ty::Bool
            }
            BinaryOp::In => {
                if !matches!(b, Ty::List(_) | Ty::Map(_) | Ty::Record { .. } | Ty::Any) {
                    let message = format!("`in` wants a list or a map, but this is {}", b.name());
                    let help = if text(&b) { "write `text.contains(part)`" } else { "" };
                    self.say("expression_type", &second.at, message, help.to_owned());
                }
                Ty::Bool
            }
            BinaryOp::Less
            | BinaryOp::LessOrEqual
            | BinaryOp::Greater
            | BinaryOp::GreaterOrEqual => {
                let same = (number(&a) && number(&b))
                    || (text(&a) && text(&b))
                    || a == Ty::Bool && b == Ty::Bool;
                if !same {
                    self.operands(&by, &a, &b, marks);
                }
                Ty::Bool
            }
            BinaryOp::Add if text(&a) && text(&b) && !(a == Ty::Any && b == Ty::Any) => Ty::String,
            BinaryOp::Add if matches!((&a, &b), (Ty::List(_), Ty::List(_) | Ty::Any)) => a,
            _ if number(&a) && number(&b) && (a == b || a == Ty::Any || b == Ty::Any) => match a {
                Ty::Any => b,
                other => other,
            },
            _ => self.operands(&by, &a, &b, marks),
        }
    }

    fn operands(&mut self, by: &str, a: &Ty, b: &Ty, marks: &Marks) -> Ty {
        let message = format!("{by} cannot combine {} and {}", a.name(), b.name());
        let help = "convert one side with int(), double() or string()".to_owned();
        self.say("expression_type", &marks.at, message, help)
    }

    fn map(&mut self, entries: &[(Node, Node)], marks: &Marks) -> Ty {
        let mut fields = Vec::new();
        let mut open = false;
        for (at, (key, value)) in entries.iter().enumerate() {
            let key_ty = self.value(key, &marks.part(at * 2));
            self.want(&Ty::String, &key_ty, &marks.part(at * 2).at, "a key");
            let ty = self.value(value, &marks.part(at * 2 + 1));
            match key {
                Node::Literal(Value::String(key)) => fields.push((key.clone(), ty)),
                _ => open = true,
            }
        }
        if open { Ty::Map(Box::new(Ty::Any)) } else { Ty::record("the map", fields) }
    }

    fn quantified(
        &mut self,
        kind: Quantifier,
        over: &Node,
        (variable, body): (&str, &Node),
        marks: &Marks,
    ) -> Ty {
        let over_ty = self.value(over, &marks.part(0));
        let element = match &over_ty {
            Ty::List(items) => (**items).clone(),
            Ty::Map(_) | Ty::Record { .. } => Ty::String,
            Ty::Any => Ty::Any,
            other => {
                let message =
                    format!("a quantifier wants a list or a map, but this is {}", other.name());
                self.say("expression_type", &marks.part(0).at, message, String::new())
            }
        };
        self.locals.push((variable.to_owned(), element.clone()));
        let made = self.value(body, &marks.part(1));
        self.locals.pop();
        if kind != Quantifier::Map {
            self.want(&Ty::Bool, &made, &marks.part(1).at, "a quantifier");
        }
        match kind {
            Quantifier::Map => Ty::List(Box::new(made)),
            Quantifier::Filter => Ty::List(Box::new(element)),
            Quantifier::All | Quantifier::Exists | Quantifier::ExistsOne => Ty::Bool,
        }
    }
}

/// How the reason begins where a step names itself.
pub const ITSELF: &str = "it is this step itself";

/// What messages call the inputs.
pub const INPUTS: &str = "this workflow's `inputs`";

/// What the record of steps is called; its fields may be closed.
pub const STEPS: &str = "this workflow";

//! Expressions of a workflow that is called, in the names of the graph that they become part of:
//! its inputs are values or outputs of a step, its steps have the call's name before theirs, its
//! resources are the caller's.

use serde_json::Value;
use std::collections::BTreeMap;
use windlass_model::StepId;
use windlass_model::expr::functions::scalar_text;
use windlass_model::expr::paths::path_of;
use windlass_model::expr::{BinaryOp, Expr, Node, Template, TextPart};
use windlass_model::step::{Compensate, StepDef, Work};

/// What an input of a called workflow stands for.
#[derive(Clone, Debug)]
pub enum Bound {
    /// A value that is known when the run starts.
    Known(Value),
    /// An output of this step, by the input's name.
    Output(StepId),
}

/// What stands for the names of one file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Renames<'a> {
    /// Before the names of steps: `deploy.`; nothing for the workflow that was started.
    pub prefix: &'a str,
    /// The inputs; those of the run where absent.
    pub inputs: Option<&'a BTreeMap<String, Bound>>,
    /// The caller's resources by the file's names.
    pub resources: Option<&'a BTreeMap<String, String>>,
    /// The element of the calling step's `for_each`.
    pub item: Option<&'a Value>,
    /// The step that `outputs` stands for, where it is another one than the expression's own.
    pub outputs: Option<&'a StepId>,
}

impl Renames<'_> {
    /// A step, all of whose expressions and names are put into those of the graph.
    pub fn step(&self, def: &mut StepDef) {
        def.id = self.id(&def.id);
        def.needs = def.needs.iter().map(|need| self.id(need)).collect();
        let expr = |of: &mut Option<Expr>| {
            if let Some(expr) = of {
                *expr = self.expr(expr);
            }
        };
        expr(&mut def.condition);
        expr(&mut def.requires);
        expr(&mut def.verify);
        if let Some(not_before) = &mut def.gate.not_before {
            *not_before = self.template(not_before);
        }
        self.work(&mut def.work);
        match &mut def.compensate {
            Compensate::AutoIf { only_if } => *only_if = self.expr(only_if),
            Compensate::Custom { with, only_if, .. } => {
                *with = self.template(with);
                expr(only_if);
            }
            Compensate::None { way_back, way_on, .. } => {
                let ways = way_back.iter_mut().chain(way_on);
                for (_, value) in ways.flat_map(|way| &mut way.inputs) {
                    *value = self.template(value);
                }
            }
            Compensate::Auto => {}
        }
        for notice in &mut def.notify {
            notice.with = self.template(&notice.with);
        }
        for effect in &mut def.effects {
            effect.resource = self.template(&effect.resource);
            if let Some(value) = &mut effect.value {
                *value = self.template(value);
            }
        }
    }

    fn work(&self, work: &mut Work) {
        let some = |of: &mut Option<Template>| {
            if let Some(template) = of {
                *template = self.template(template);
            }
        };
        match work {
            Work::Action { with: template, .. }
            | Work::Input { prompt: template, .. }
            | Work::WaitFor { span: template }
            | Work::WaitUntil { until: template, .. }
            | Work::Set { values: template } => *template = self.template(template),
            Work::Approve { prompt, typed } => {
                *prompt = self.template(prompt);
                some(typed);
            }
            Work::Assert { that, message } => {
                *that = self.expr(that);
                some(message);
            }
            Work::Rounds { until } => *until = self.expr(until),
            Work::WaitWindow { .. } | Work::WaitSignal { .. } | Work::Join => {}
        }
    }

    /// A step's name in the graph.
    pub fn id(&self, id: &StepId) -> StepId {
        StepId::new(format!("{}{id}", self.prefix))
    }

    /// An expression; messages still show it as the file has it.
    pub fn expr(&self, expr: &Expr) -> Expr {
        Expr { source: expr.source.clone(), node: self.node(&expr.node, &mut Vec::new()) }
    }

    /// A value with holes; holes whose values are known are filled.
    pub fn template(&self, template: &Template) -> Template {
        match template {
            Template::Literal(_) => template.clone(),
            Template::Expr(expr) => match self.expr(expr) {
                Expr { node: Node::Literal(value), .. } => Template::Literal(value),
                expr => Template::Expr(expr),
            },
            Template::Text(parts) => {
                let mut filled: Vec<TextPart> = Vec::new();
                for part in parts {
                    match (self.part(part), filled.last_mut()) {
                        (TextPart::Text(text), Some(TextPart::Text(before))) => {
                            before.push_str(&text);
                        }
                        (part, _) => filled.push(part),
                    }
                }
                match filled.as_slice() {
                    [TextPart::Text(text)] => Template::Literal(Value::from(text.as_str())),
                    _ => Template::Text(filled),
                }
            }
            Template::List(parts) => {
                let parts: Vec<_> = parts.iter().map(|part| self.template(part)).collect();
                let known = parts.iter().map(literal).collect::<Option<Vec<_>>>();
                known.map_or(Template::List(parts), |all| Template::Literal(Value::Array(all)))
            }
            Template::Map(entries) => {
                let entries: Vec<_> =
                    entries.iter().map(|(key, part)| (key.clone(), self.template(part))).collect();
                let known = entries.iter().map(|(key, part)| Some((key.clone(), literal(part)?)));
                let known = known.collect::<Option<serde_json::Map<_, _>>>();
                known.map_or(Template::Map(entries), |all| Template::Literal(Value::Object(all)))
            }
        }
    }

    fn part(&self, part: &TextPart) -> TextPart {
        let TextPart::Expr(expr) = part else { return part.clone() };
        let expr = self.expr(expr);
        match &expr.node {
            // what is no text stays, so that the run says so
            Node::Literal(value) => scalar_text(value).map_or(TextPart::Expr(expr), TextPart::Text),
            _ => TextPart::Expr(expr),
        }
    }

    fn node(&self, node: &Node, bound: &mut Vec<String>) -> Node {
        if let Some(path) = path_of(node) {
            let own = bound.iter().any(|variable| variable == path[0]);
            let other = if own { None } else { self.path(&path) };
            return other.unwrap_or_else(|| node.clone());
        }
        let mut boxed = |of: &Node| Box::new(self.node(of, bound));
        match node {
            Node::Literal(_) | Node::Name(_) => node.clone(),
            Node::Select { of, field } => Node::Select { of: boxed(of), field: field.clone() },
            Node::Index { of, at } => Node::Index { of: boxed(of), at: boxed(at) },
            Node::Unary { op, of } => Node::Unary { op: *op, of: boxed(of) },
            Node::Binary { op, left, right } => {
                Node::Binary { op: *op, left: boxed(left), right: boxed(right) }
            }
            Node::Conditional { test, then, otherwise } => Node::Conditional {
                test: boxed(test),
                then: boxed(then),
                otherwise: boxed(otherwise),
            },
            Node::Call { target, function, args } => {
                let target = target.as_ref().map(|target| boxed(target));
                let args: Vec<Node> = args.iter().map(|arg| self.node(arg, bound)).collect();
                match (function.as_str(), args.as_slice()) {
                    ("has", [Node::Literal(_)]) if target.is_none() => Node::Literal(true.into()),
                    _ => Node::Call { target, function: function.clone(), args },
                }
            }
            Node::List(parts) => {
                Node::List(parts.iter().map(|part| self.node(part, bound)).collect())
            }
            Node::Map(entries) => {
                let mut both =
                    |(key, value): &(Node, Node)| (self.node(key, bound), self.node(value, bound));
                Node::Map(entries.iter().map(&mut both).collect())
            }
            Node::Quantified { kind, over, variable, body } => {
                let over = boxed(over);
                bound.push(variable.clone());
                let body = Box::new(self.node(body, bound));
                bound.pop();
                Node::Quantified { kind: *kind, over, variable: variable.clone(), body }
            }
        }
    }

    /// What stands for a path, where anything does.
    fn path(&self, path: &[&str]) -> Option<Node> {
        match path {
            ["inputs"] => {
                let all = self
                    .inputs?
                    .keys()
                    .map(|name| (Node::Literal(Value::from(name.as_str())), self.input(name)));
                Some(Node::Map(all.filter_map(|(key, value)| Some((key, value?))).collect()))
            }
            ["inputs", name, rest @ ..] => Some(select(self.input(name)?, rest)),
            ["steps", id, rest @ ..] if !self.prefix.is_empty() => {
                let step = format!("{}{id}", self.prefix);
                Some(select(select(Node::Name("steps".to_owned()), &[&step]), rest))
            }
            ["resources", name] => {
                Some(Node::Literal(Value::from(self.resources?.get(*name)?.as_str())))
            }
            ["resources", name, rest @ ..] => {
                let real = self.resources?.get(*name)?;
                Some(select(select(Node::Name("resources".to_owned()), &[real]), rest))
            }
            ["outputs", rest @ ..] => {
                let step = select(Node::Name("steps".to_owned()), &[self.outputs?.as_str()]);
                Some(select(select(step, &["outputs"]), rest))
            }
            ["item", rest @ ..] => Some(select(Node::Literal(self.item?.clone()), rest)),
            _ => None,
        }
    }

    fn input(&self, name: &str) -> Option<Node> {
        Some(match self.inputs?.get(name)? {
            Bound::Known(value) => Node::Literal(value.clone()),
            Bound::Output(step) => {
                select(Node::Name("steps".to_owned()), &[step.as_str(), "outputs", name])
            }
        })
    }
}

fn select(of: Node, fields: &[&str]) -> Node {
    fields
        .iter()
        .fold(of, |of, field| Node::Select { of: Box::new(of), field: (*field).to_owned() })
}

fn literal(template: &Template) -> Option<Value> {
    match template {
        Template::Literal(value) => Some(value.clone()),
        _ => None,
    }
}

/// Both conditions in one, the outer one first; the other where one is absent.
pub fn both(outer: Option<&Expr>, inner: Option<Expr>) -> Option<Expr> {
    let (Some(outer), Some(inner)) = (outer, inner.clone()) else {
        return inner.or_else(|| outer.cloned());
    };
    let source = format!("{} && {}", bracketed(outer), bracketed(&inner));
    let (left, right) = (Box::new(outer.node.clone()), Box::new(inner.node));
    Some(Expr { source, node: Node::Binary { op: BinaryOp::And, left, right } })
}

fn bracketed(expr: &Expr) -> String {
    match &expr.node {
        Node::Binary { op: BinaryOp::Or, .. } | Node::Conditional { .. } => {
            format!("({})", expr.source)
        }
        _ => expr.source.clone(),
    }
}

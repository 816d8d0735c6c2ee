//! Conditions of pipelines as expressions of a workflow.

use super::expression::{Expr, parse};
use super::scope::{Meant, Scope, Ty};
use crate::draft::{Input, Said, Value};
use crate::names::as_name;

/// A condition as a workflow has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Condition {
    /// The expression; none where the step always runs.
    pub expression: Option<String>,
    /// Whether it also wants what it depends on to have succeeded.
    pub after_success: bool,
    /// Whether it holds only after a failure.
    pub on_failure: bool,
    /// Whether it holds after a failure too.
    pub always: bool,
}

/// Reads a condition. What is not understood becomes an input that whoever starts the run decides
/// about, and is said.
pub fn read(text: &str, label: &str, line: usize, scope: &mut Scope) -> (Condition, Vec<Said>) {
    let mut found = Condition::default();
    let mut said = Vec::new();
    match parse(text) {
        Some(expr) => {
            let rest = without_status(expr, &mut found);
            match rest.map(|expr| bare(&expr, truth(&expr, line, scope))) {
                None => {}
                Some(Some(expression)) => found.expression = Some(expression),
                Some(None) => decided(text, label, line, scope, &mut found, &mut said),
            }
        }
        None => decided(text, label, line, scope, &mut found, &mut said),
    }
    (found, said)
}

/// An expression without the parentheses around all of it, where others may follow by `&&`.
fn bare(expr: &Expr, text: Option<String>) -> Option<String> {
    let text = text?;
    let joined = matches!(expr, Expr::Call(name, _) if name == "and");
    let inner = text.strip_prefix('(').and_then(|text| text.strip_suffix(')'));
    Some(inner.filter(|_| joined).map_or_else(|| text.clone(), str::to_owned))
}

/// A condition that a workflow cannot say: an input says whether it holds.
fn decided(
    text: &str,
    label: &str,
    line: usize,
    scope: &mut Scope,
    found: &mut Condition,
    said: &mut Vec<Said>,
) {
    let id = as_name(&format!("when {label}"));
    scope.types.insert(id.clone(), Ty::Bool);
    let why = format!("the condition `{text}`: whoever starts the run decides");
    said.push(Said::not_mapped(why, line));
    scope.draft.input(&id, || Input {
        keys: vec![
            ("type".to_owned(), Value::raw("bool")),
            ("description".to_owned(), Value::raw(format!("whether {text}"))),
        ],
        said: Vec::new(),
    });
    found.expression = Some(format!("inputs.{id}"));
    found.after_success = true;
}

/// Takes what speaks of success and failure out of a condition.
fn without_status(expr: Expr, found: &mut Condition) -> Option<Expr> {
    match expr {
        Expr::Call(name, inputs) => match (name.as_str(), inputs.as_slice()) {
            ("succeeded" | "success", _) => {
                found.after_success = true;
                None
            }
            ("failed" | "failure", _) => {
                found.on_failure = true;
                None
            }
            ("always" | "succeededorfailed", _) => {
                found.always = true;
                None
            }
            ("not", [Expr::Call(name, _)]) if matches!(name.as_str(), "canceled" | "cancelled") => {
                found.always = true;
                None
            }
            ("canceled" | "cancelled", _) => {
                found.on_failure = true;
                None
            }
            ("and", _) => {
                let mut parts: Vec<Expr> =
                    inputs.into_iter().filter_map(|part| without_status(part, found)).collect();
                match parts.len() {
                    0 => None,
                    1 => Some(parts.remove(0)),
                    _ => Some(Expr::Call(name, parts)),
                }
            }
            _ => Some(Expr::Call(name, inputs)),
        },
        other => Some(other),
    }
}

/// An expression that gives a truth value.
fn truth(expr: &Expr, line: usize, scope: &mut Scope) -> Option<String> {
    let (text, ty) = value(expr, line, scope)?;
    match ty {
        Ty::Bool => Some(text),
        Ty::Text | Ty::Any => Some(format!("{text} == 'true'")),
        Ty::Number => None,
    }
}

/// An expression and what it gives.
fn value(expr: &Expr, line: usize, scope: &mut Scope) -> Option<(String, Ty)> {
    match expr {
        Expr::Text(text) => match inner(text) {
            Some(inner) => value(&inner, line, scope),
            None => Some((literal(text), Ty::Text)),
        },
        Expr::Number(number) => Some((number.clone(), Ty::Number)),
        Expr::Bool(truth) => Some((truth.to_string(), Ty::Bool)),
        Expr::Name(parts) => match scope.meant(parts, line) {
            Meant::Expression(text, ty) => Some((text, ty)),
            Meant::Literal(text) if text.contains(['$', '{']) => None,
            Meant::Literal(text) => Some((literal(&text), Ty::Text)),
            // No condition may hang on a secret; and what came of a part is known in the run only.
            Meant::Secret(_) | Meant::Result(_) => None,
        },
        Expr::Call(name, inputs) => call(name, inputs, line, scope),
    }
}

/// What a text is that another language puts in before the condition is read:
/// `'${{ parameters.x }}'`, `'$(x)'`.
fn inner(text: &str) -> Option<Expr> {
    let text = text.trim();
    if let Some(name) = text.strip_prefix("$(").and_then(|text| text.strip_suffix(')')) {
        return Some(Expr::Name(vec!["variables".to_owned(), name.to_owned()]));
    }
    text.starts_with("${{").then(|| parse(text)).flatten()
}

fn call(name: &str, inputs: &[Expr], line: usize, scope: &mut Scope) -> Option<(String, Ty)> {
    match (name, inputs) {
        ("and" | "or", inputs) if !inputs.is_empty() => {
            let parts: Option<Vec<String>> =
                inputs.iter().map(|part| truth(part, line, scope)).collect();
            let sign = if name == "and" { " && " } else { " || " };
            let parts = parts?;
            let text = parts.join(sign);
            Some((if parts.len() > 1 { format!("({text})") } else { text }, Ty::Bool))
        }
        ("not", [inner]) => Some((format!("!({})", truth(inner, line, scope)?), Ty::Bool)),
        ("eq" | "ne" | "lt" | "le" | "gt" | "ge", [left, right]) => {
            let sign = match name {
                "eq" => "==",
                "ne" => "!=",
                "lt" => "<",
                "le" => "<=",
                "gt" => ">",
                _ => ">=",
            };
            let (left, right) = alike(left, right, line, scope)?;
            Some((format!("{left} {sign} {right}"), Ty::Bool))
        }
        ("contains" | "startswith" | "endswith", [whole, part]) => {
            let method = match name {
                "contains" => "contains",
                "startswith" => "startsWith",
                _ => "endsWith",
            };
            let (whole, ty) = value(whole, line, scope)?;
            let (part, _) = value(part, line, scope)?;
            (ty != Ty::Bool && ty != Ty::Number)
                .then(|| (format!("{whole}.{method}({part})"), Ty::Bool))
        }
        ("in", [one, others @ ..]) if !others.is_empty() => {
            let (one, _) = value(one, line, scope)?;
            let others: Option<Vec<String>> =
                others.iter().map(|other| Some(value(other, line, scope)?.0)).collect();
            Some((format!("{one} in [{}]", others?.join(", ")), Ty::Bool))
        }
        _ => None,
    }
}

/// Both sides of a comparison, of one type: a truth value is compared with a truth value.
fn alike(left: &Expr, right: &Expr, line: usize, scope: &mut Scope) -> Option<(String, String)> {
    let unwrapped = |expr: &Expr| match expr {
        Expr::Text(text) => inner(text).unwrap_or_else(|| expr.clone()),
        other => other.clone(),
    };
    let (left, right) = (&unwrapped(left), &unwrapped(right));
    let (left_text, left_ty) = value(left, line, scope)?;
    let (right_text, right_ty) = value(right, line, scope)?;
    let as_ty = |expr: &Expr, text: String, wanted: Ty| match (expr, wanted) {
        (Expr::Text(text), Ty::Bool) => {
            let low = text.to_lowercase();
            matches!(low.as_str(), "true" | "false").then_some(low)
        }
        (Expr::Text(text), Ty::Number) if text.parse::<f64>().is_ok() => Some(text.clone()),
        (Expr::Bool(_) | Expr::Number(_), Ty::Text) => Some(format!("'{text}'")),
        (Expr::Text(_), Ty::Number) => None,
        _ => Some(text),
    };
    let left_made = as_ty(left, left_text, right_ty)?;
    let right_made = as_ty(right, right_text, left_ty)?;
    let mixed = |one: Ty, other: Ty| one == Ty::Text && matches!(other, Ty::Bool | Ty::Number);
    let names = matches!((left, right), (Expr::Name(_), Expr::Name(_)));
    if names && (mixed(left_ty, right_ty) || mixed(right_ty, left_ty)) {
        return None;
    }
    Some((left_made, right_made))
}

/// A text in an expression.
pub fn literal(text: &str) -> String {
    let mut made = String::from("'");
    for c in text.chars() {
        match c {
            '\'' | '\\' => {
                made.push('\\');
                made.push(c);
            }
            '\n' => made.push_str("\\n"),
            c if c.is_control() => made.push(' '),
            c => made.push(c),
        }
    }
    made.push('\'');
    made
}

//! Filling the holes of a template.

use super::ast::{Expr, Template, TextPart};
use super::eval::evaluate;
use super::functions::scalar_text;
use super::operators::TEXT_BYTES_MAX;
use super::problem::{EvalError, Problem, type_name};
use super::scope::Scope;
use serde_json::{Map, Value};

/// The key of a reference to a secret: `{"$secret": "NAME"}`. Executors fetch the secret; nobody
/// else does.
pub const SECRET_KEY: &str = "$secret";

impl Template {
    /// The value with all holes filled. A whole hole keeps its type; a hole in a text becomes text.
    pub fn render(&self, scope: &dyn Scope) -> Result<Value, EvalError> {
        match self {
            Self::Literal(value) => Ok(value.clone()),
            Self::Expr(expr) => evaluate(expr, scope),
            Self::Text(parts) => render_text(parts, scope).map(Value::String),
            Self::List(parts) => parts.iter().map(|part| part.render(scope)).collect(),
            Self::Map(entries) => {
                let mut map = Map::new();
                for (key, part) in entries {
                    map.insert(key.clone(), part.render(scope)?);
                }
                Ok(Value::Object(map))
            }
        }
    }

    /// The value with what can be filled, as text for humans: a hole without a value shows its
    /// expression.
    pub fn preview(&self, scope: &dyn Scope) -> Value {
        let hole = |expr: &Expr| Value::String(format!("${{{{ {} }}}}", expr.source.trim()));
        match self {
            Self::Literal(value) => value.clone(),
            Self::Expr(expr) => evaluate(expr, scope).unwrap_or_else(|_| hole(expr)),
            Self::Text(parts) => Value::String(
                parts
                    .iter()
                    .map(|part| match part {
                        TextPart::Text(text) => text.clone(),
                        TextPart::Expr(expr) => text_of(expr, scope)
                            .unwrap_or_else(|_| format!("${{{{ {} }}}}", expr.source.trim())),
                    })
                    .collect(),
            ),
            Self::List(parts) => parts.iter().map(|part| part.preview(scope)).collect(),
            Self::Map(entries) => {
                entries.iter().map(|(key, part)| (key.clone(), part.preview(scope))).collect()
            }
        }
    }
}

fn render_text(parts: &[TextPart], scope: &dyn Scope) -> Result<String, EvalError> {
    let mut text = String::new();
    for part in parts {
        match part {
            TextPart::Text(plain) => text.push_str(plain),
            TextPart::Expr(expr) => text.push_str(&text_of(expr, scope)?),
        }
        if text.len() > TEXT_BYTES_MAX {
            let source = parts.iter().find_map(|part| match part {
                TextPart::Expr(expr) => Some(expr.source.as_str()),
                TextPart::Text(_) => None,
            });
            let problem = Problem::TextTooLong(TEXT_BYTES_MAX);
            return Err(EvalError::new(source.unwrap_or_default(), problem));
        }
    }
    Ok(text)
}

fn text_of(expr: &Expr, scope: &dyn Scope) -> Result<String, EvalError> {
    let value = evaluate(expr, scope)?;
    scalar_text(&value).ok_or_else(|| {
        let problem = match value.get(SECRET_KEY) {
            Some(_) => Problem::SecretInText,
            None => Problem::NoText(type_name(&value)),
        };
        EvalError::new(&expr.source, problem)
    })
}

#[cfg(test)]
#[path = "template_tests.rs"]
mod tests;

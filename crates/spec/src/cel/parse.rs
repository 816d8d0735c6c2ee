//! Text of an expression into the model's tree.

use super::fence::{BRACKETS_MAX, EXPRESSION_BYTES_MAX, Refused, admit, on_large_stack};
use super::lower::lower;
use super::marks::Marks;
use super::words::explain;
use std::ops::Range;
use windlass_model::expr::eval::EXPR_DEPTH_MAX;
use windlass_model::expr::{Expr, paths};

/// An expression with the places of its nodes.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The tree.
    pub expr: Expr,
    /// Places in `expr.source`.
    pub marks: Marks,
}

/// What is wrong within an expression, in bytes of its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// A stable word.
    pub code: &'static str,
    /// Where.
    pub at: Range<usize>,
    /// What.
    pub message: String,
    /// What to write instead; may be empty.
    pub help: String,
}

impl Trouble {
    /// A finding within an expression.
    pub fn new(
        code: &'static str,
        at: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self { code, at, message: message.into(), help: help.into() }
    }
}

/// Reads an expression, without `${{ }}`.
pub fn parse(source: &str) -> Result<Parsed, Trouble> {
    admit(source).map_err(|(refused, at)| refusal(refused, at))?;
    let read = on_large_stack(|| read(source));
    let Some(read) = read else {
        let help = "simplify it; if it looks right, tell us: this is a fault of windlass";
        return Err(Trouble::new("expression", 0..source.len(), "it could not be read", help));
    };
    let parsed = read?;
    if paths::depth(&parsed.expr.node) > EXPR_DEPTH_MAX {
        let message = format!("it is nested more than {EXPR_DEPTH_MAX} deep");
        let help = "compute a part of it in a `set` step before";
        return Err(Trouble::new("expression_depth", 0..source.len(), message, help));
    }
    Ok(parsed)
}

fn read(source: &str) -> Result<Parsed, Trouble> {
    match cel::parser::Parser::new().parse_with_source_info(source) {
        Ok((tree, info)) => {
            let lowered = lower(&tree, &info);
            let (node, marks) =
                lowered.map_err(|(message, at)| Trouble::new("expression", at, message, ""))?;
            Ok(Parsed { expr: Expr { source: source.to_owned(), node }, marks })
        }
        Err(errors) => {
            let first = errors.errors.first();
            let says = first.map_or("", |error| error.msg.as_str());
            let at = first.map_or(0..0, |error| offset(source, error.pos));
            let (message, help) = explain(says, source);
            Err(Trouble::new("expression", at, message, help))
        }
    }
}

fn refusal(refused: Refused, at: Range<usize>) -> Trouble {
    let (message, help) = match refused {
        Refused::Empty => ("there is no expression".to_owned(), "write one, or remove the key"),
        Refused::TooLong => (
            format!("an expression has at most {EXPRESSION_BYTES_MAX} bytes"),
            "compute a part of it in a `set` step before",
        ),
        Refused::TooDeep => (
            format!(
                "it is nested too deeply; {BRACKETS_MAX} brackets within each other are the most"
            ),
            "compute a part of it in a `set` step before",
        ),
        Refused::Character => ("a control character stands here".to_owned(), "remove it"),
    };
    Trouble::new("expression", at, message, help)
}

/// Line and column, from 1 and in characters, as bytes; (0, 0) is nowhere.
fn offset(source: &str, (line, column): (isize, isize)) -> Range<usize> {
    let Ok(line) = usize::try_from(line - 1) else { return 0..source.len() };
    let before: usize = source.split_inclusive('\n').take(line).map(str::len).sum();
    let skip = usize::try_from(column - 1).unwrap_or(0);
    let rest = &source[before.min(source.len())..];
    let within: usize = rest.chars().take(skip).map(char::len_utf8).sum();
    let start = (before + within).min(source.trim_end().len());
    let width = source[start..].chars().next().map_or(0, char::len_utf8);
    start..start + width
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;

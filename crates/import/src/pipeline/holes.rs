//! Texts and scripts of pipelines: `$(macro)` and `${{ expression }}` become what a workflow has.
//! A script gets values as variables only, never as pasted text.

use super::expression::{Expr, parse};
use super::scope::{Meant, Scope};
use crate::draft::Value;
use crate::yaml_text::escaped;
use regex::Regex;
use std::sync::LazyLock;

/// Words that a shell runs: `$(date)` is no macro.
const COMMANDS: [&str; 18] = [
    "date", "pwd", "hostname", "whoami", "ls", "cat", "uname", "nproc", "id", "mktemp", "basename",
    "dirname", "env", "sort", "head", "tail", "arch", "tty",
];

/// How deep a value may name another one.
const DEPTH_MAX: usize = 6;

static HOLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\$\{\{(?P<expr>.*?)\}\}|\$\((?P<macro>[A-Za-z_][\w.\-]*)\)").ok()
});

/// Which shell a script is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// A POSIX shell.
    Posix,
    /// PowerShell.
    Power,
}

/// A script with its holes as variables.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// The text.
    pub text: String,
    /// The variables.
    pub env: Vec<(String, Value)>,
    /// Whether a hole lies between single quotes, where a shell replaces nothing.
    pub between_quotes: bool,
}

/// Reads a script.
pub fn script(text: &str, shell: Shell, line: usize, scope: &mut Scope) -> Script {
    let mut made = Script::default();
    let mut at = 0;
    let Some(hole) = HOLE.as_ref() else { return made };
    for found in hole.captures_iter(text) {
        let Some(all) = found.get(0) else { continue };
        let Some((name, value)) = meaning(&found, line, scope) else { continue };
        let before = &text[at..all.start()];
        made.text.push_str(before);
        at = all.end();
        let line_before = text[..all.start()].rsplit('\n').next().unwrap_or_default();
        made.between_quotes |= line_before.matches('\'').count() % 2 == 1;
        match shell {
            Shell::Posix => made.text.push_str(&format!("${{{name}}}")),
            Shell::Power => made.text.push_str(&format!("${{env:{name}}}")),
        }
        if !made.env.iter().any(|(known, _)| *known == name) {
            made.env.push((name, value));
        }
    }
    made.text.push_str(&text[at..]);
    made.text = made.text.replace("GITHUB_OUTPUT", "WINDLASS_OUTPUT").replace("${{", "$ {{");
    made
}

fn meaning(found: &regex::Captures<'_>, line: usize, scope: &mut Scope) -> Option<(String, Value)> {
    if let Some(name) = found.name("macro") {
        let name = name.as_str();
        let known = scope.variables.contains_key(&name.to_lowercase());
        if !known && !name.contains('.') && COMMANDS.contains(&name) {
            return None;
        }
        let meant = scope.variable(name, line);
        return Some((variable_name(name), value_of(meant, line, 0, scope)));
    }
    let text = found.name("expr")?.as_str();
    let value = expression(text, line, scope)?;
    Some((variable_name(text), value))
}

/// The value of an expression between `${{` and `}}`; nothing where it is more than a name.
fn expression(text: &str, line: usize, scope: &mut Scope) -> Option<Value> {
    match parse(text) {
        Some(Expr::Name(parts)) => {
            let meant = scope.meant(&parts, line);
            Some(value_of(meant, line, 0, scope))
        }
        Some(Expr::Text(text)) => Some(Value::plain(text)),
        // Anything else is worked out by whoever starts the run.
        _ => {
            let words: String =
                text.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
            let meant = scope.meant(&[words.trim().to_owned()], line);
            Some(value_of(meant, line, 0, scope))
        }
    }
}

fn value_of(meant: Meant, line: usize, depth: usize, scope: &mut Scope) -> Value {
    match meant {
        Meant::Result(name) => {
            let meant = scope.foreign(&name, line);
            value_of(meant, line, depth, scope)
        }
        Meant::Expression(text, _) => Value::template(format!("${{{{ {text} }}}}")),
        Meant::Secret(name) => Value::template(format!("${{{{ env.secrets.{name} }}}}")),
        Meant::Literal(text) => text_at(&text, line, depth + 1, scope),
    }
}

/// A text with its holes as a workflow has them.
pub fn text(text: &str, line: usize, scope: &mut Scope) -> Value {
    text_at(text, line, 0, scope)
}

fn text_at(text: &str, line: usize, depth: usize, scope: &mut Scope) -> Value {
    let Some(hole) = HOLE.as_ref().filter(|hole| depth < DEPTH_MAX && hole.is_match(text)) else {
        return Value::plain(text);
    };
    let mut made = String::new();
    // The same, where nothing of it is known only in the run.
    let mut plain = Some(String::new());
    let mut at = 0;
    let mut say = |text: &str, is_plain: bool| {
        made.push_str(&if is_plain { escaped(text) } else { text.to_owned() });
        plain = plain.take().filter(|_| is_plain).map(|plain| plain + text);
    };
    for found in hole.captures_iter(text) {
        let Some(all) = found.get(0) else { continue };
        let value = match found.name("macro") {
            Some(name) => {
                let meant = scope.variable(name.as_str(), line);
                Some(value_of(meant, line, depth, scope))
            }
            None => found.name("expr").and_then(|text| expression(text.as_str(), line, scope)),
        };
        let Some(value) = value else { continue };
        say(&text[at..all.start()], true);
        at = all.end();
        match value {
            Value::Plain(text) => say(&text, true),
            Value::Template(text) => say(&text, false),
            _ => {}
        }
    }
    say(&text[at..], true);
    plain.map_or_else(|| Value::template(made), Value::plain)
}

/// A name that a shell's variable can have.
fn variable_name(text: &str) -> String {
    crate::names::as_name(text).to_ascii_uppercase()
}

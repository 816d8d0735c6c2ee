//! Names on a page that stand for something else each time: `{n}`, `{n-1}`, `<version>`. Each
//! becomes an input.

use crate::draft::{Draft, Input, Said, Value};
use crate::names::as_name;
use crate::secrecy::sounds_secret;
use regex::{Captures, Regex};
use std::sync::LazyLock;

static PLACE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"[{<](?P<name>[A-Za-z][A-Za-z0-9_ -]{0,30}?)(?P<sum>\s*[+-]\s*[0-9]{1,3})?[}>]")
        .ok()
});

/// A text with its places as inputs of the draft.
pub fn with_inputs(text: &str, line: usize, draft: &mut Draft) -> Value {
    let Some(place) = PLACE.as_ref().filter(|place| place.is_match(text)) else {
        return Value::plain(text);
    };
    let filled = place.replace_all(text, |found: &Captures<'_>| {
        let (name, sum) = (as_name(&found["name"]), found.name("sum"));
        let number = sum.is_some() || name.len() == 1 || name.ends_with("number");
        declare(draft, &name, if number { "int" } else { "string" }, &found[0], line);
        let sum = sum.map(|sum| spaced(sum.as_str())).unwrap_or_default();
        format!("${{{{ inputs.{name}{sum} }}}}")
    });
    Value::template(filled)
}

/// A command with its places as variables, and what they are.
pub fn with_variables(
    script: &str,
    line: usize,
    draft: &mut Draft,
) -> (String, Vec<(String, Value)>) {
    static HOLE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"<(?P<name>[A-Za-z][A-Za-z0-9_ -]{0,30})>").ok());
    let mut env: Vec<(String, Value)> = Vec::new();
    let Some(hole) = HOLE.as_ref() else { return (script.to_owned(), env) };
    let script = hole.replace_all(script, |found: &Captures<'_>| {
        let name = as_name(&found["name"]);
        let variable = name.to_ascii_uppercase();
        let from = match sounds_secret(&name) {
            true => "env.secrets",
            false => {
                declare(draft, &name, "string", &found[0], line);
                "inputs"
            }
        };
        if !env.iter().any(|(known, _)| *known == variable) {
            env.push((variable.clone(), Value::template(format!("${{{{ {from}.{name} }}}}"))));
        }
        format!("${{{variable}}}")
    });
    // What would be an expression is none in a script.
    (script.replace("${{", "$ {{"), env)
}

fn spaced(sum: &str) -> String {
    let digits: String = sum.chars().filter(char::is_ascii_digit).collect();
    format!(" {} {digits}", if sum.contains('-') { '-' } else { '+' })
}

fn declare(draft: &mut Draft, name: &str, ty: &str, written: &str, line: usize) {
    draft.input(name, || Input {
        keys: vec![
            ("type".to_owned(), Value::raw(ty)),
            ("description".to_owned(), Value::raw(format!("what stands for {written}"))),
        ],
        said: vec![Said::guessed(format!("`{written}` is another {ty} each time"), line)],
    });
}

/// Declares an input of type text, and gives the expression that names it.
pub fn asked(draft: &mut Draft, name: &str, description: &str) -> Value {
    draft.input(name, || Input {
        keys: vec![
            ("type".to_owned(), Value::raw("string")),
            ("description".to_owned(), Value::raw(description)),
        ],
        said: Vec::new(),
    });
    Value::template(format!("${{{{ inputs.{name} }}}}"))
}

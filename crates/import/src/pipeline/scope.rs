//! What the names of a pipeline stand for in the workflow: its inputs, values that stand in the
//! file, secrets by reference, outputs of steps. A name that nothing gives becomes an input.

use crate::draft::{Draft, Input, Said, Value};
use crate::names::as_name;
use crate::secrecy::sounds_secret;
use indexmap::IndexMap;
use std::collections::{BTreeMap, BTreeSet};

/// What an expression gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ty {
    /// A text.
    Text,
    /// A truth value.
    Bool,
    /// A number.
    Number,
    /// Not known.
    Any,
}

/// What a name stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Meant {
    /// An expression of the workflow, with its type.
    Expression(String, Ty),
    /// A text that stands in the file.
    Literal(String),
    /// A secret, by the name of its reference.
    Secret(String),
    /// What came of an earlier part, which the file does not show.
    Result(String),
}

/// Names of what came of earlier parts.
const RESULTS: [&str; 5] = ["steps", "needs", "jobs", "dependencies", "stagedependencies"];

/// The names of a pipeline.
#[derive(Debug, Default)]
pub struct Scope {
    /// The workflow that is built.
    pub draft: Draft,
    /// Values of variables, by their lower case names.
    pub variables: IndexMap<String, String>,
    /// Variables that scripts see without naming them, as they are written.
    pub exported: IndexMap<String, String>,
    /// Variables whose values are secrets.
    pub secrets: BTreeSet<String>,
    /// Types of the declared inputs.
    pub types: BTreeMap<String, Ty>,
    /// Expressions of outputs, by lower case paths such as `steps.build.outputs.tag`.
    pub outputs: BTreeMap<String, String>,
    /// The key of the matrix whose element is `item`.
    pub matrix: Option<String>,
}

/// What a part declares for itself.
pub type Kept = (IndexMap<String, String>, IndexMap<String, String>, BTreeSet<String>);

impl Scope {
    /// What is declared now, to be restored behind a part that declares more.
    pub fn kept(&self) -> Kept {
        (self.variables.clone(), self.exported.clone(), self.secrets.clone())
    }

    /// Forgets what a part declared for itself.
    pub fn restore(&mut self, kept: Kept) {
        (self.variables, self.exported, self.secrets) = kept;
        self.matrix = None;
        self.outputs.retain(|_, expression| expression != "item");
    }

    /// Declares an input that the pipeline declares.
    pub fn declare(&mut self, name: &str, ty: Ty, keys: Vec<(String, Value)>, said: Vec<Said>) {
        let id = as_name(name);
        self.types.insert(id.clone(), ty);
        self.draft.input(&id, || Input { keys, said });
    }

    /// What a name stands for.
    pub fn meant(&mut self, parts: &[String], line: usize) -> Meant {
        let low: Vec<String> = parts.iter().map(|part| part.to_lowercase()).collect();
        let words: Vec<&str> = low.iter().map(String::as_str).collect();
        let rest = |from: usize| low.get(from..).unwrap_or_default().join(".");
        match words.as_slice() {
            ["parameters" | "inputs", name] => self.input(name, line),
            ["github", "event", "inputs", name] => self.input(name, line),
            ["secrets", name] => Meant::Secret(as_name(name)),
            ["matrix", key] if self.matrix.as_deref() == Some(*key) => {
                Meant::Expression("item".to_owned(), Ty::Any)
            }
            ["variables" | "env", _, ..] => self.variable(&parts[1..].join("."), line),
            _ => match self.outputs.get(&rest(0)) {
                Some(expression) => Meant::Expression(expression.clone(), Ty::Text),
                None if RESULTS.contains(&words[0]) => Meant::Result(parts.join(".")),
                None => self.foreign(&parts.join("."), line),
            },
        }
    }

    /// What a variable stands for: its value, a secret, or an input.
    pub fn variable(&mut self, name: &str, line: usize) -> Meant {
        let low = name.to_lowercase();
        if self.secrets.contains(&low) || sounds_secret(&low) {
            return Meant::Secret(as_name(&low));
        }
        match self.variables.get(&low) {
            Some(value) => Meant::Literal(value.clone()),
            None => match self.outputs.get(&low) {
                Some(expression) => Meant::Expression(expression.clone(), Ty::Text),
                None => self.foreign(name, line),
            },
        }
    }

    fn input(&mut self, name: &str, line: usize) -> Meant {
        let id = as_name(name);
        match self.types.get(&id) {
            Some(ty) => Meant::Expression(format!("inputs.{id}"), *ty),
            None => self.foreign(name, line),
        }
    }

    /// What comes from outside of the file: the run is told.
    pub fn foreign(&mut self, name: &str, line: usize) -> Meant {
        if sounds_secret(name) {
            return Meant::Secret(as_name(name));
        }
        let id = as_name(name);
        if !self.types.contains_key(&id) {
            self.types.insert(id.clone(), Ty::Text);
            let said = format!("`{name}` came from the pipeline's surroundings; the run is told");
            self.draft.input(&id, || Input {
                keys: vec![
                    ("type".to_owned(), Value::raw("string")),
                    ("description".to_owned(), Value::raw(format!("what {name} was"))),
                ],
                said: vec![Said::guessed(said, line)],
            });
        }
        Meant::Expression(format!("inputs.{id}"), Ty::Text)
    }
}

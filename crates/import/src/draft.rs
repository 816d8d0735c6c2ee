//! A workflow as an import builds it: keys, values and what is said about them, without any text.
//! It must not know where it comes from, nor what the keys mean.

use crate::names::Ids;
use crate::note::{NoteKind, Share};
use indexmap::IndexMap;

/// A workflow on its way.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// Its name.
    pub name: String,
    /// The part of the source that it is made of.
    pub title: String,
    /// The sentence for humans.
    pub description: String,
    /// The key `environment`: the lock.
    pub environment: Option<String>,
    /// Comments above everything.
    pub head: Vec<Said>,
    /// Inputs by name.
    pub inputs: IndexMap<String, Input>,
    /// Types of resources by name.
    pub resources: IndexMap<String, Resource>,
    /// Steps, and what stands between them.
    pub body: Vec<Entry>,
    /// Names of steps that are taken.
    pub ids: Ids,
    /// What became what so far.
    pub share: Share,
}

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// What it is; none for words of the source.
    pub kind: Option<NoteKind>,
    /// The words.
    pub text: String,
    /// The line of the source.
    pub line: usize,
}

impl Said {
    /// Words of the source.
    pub fn words(text: impl Into<String>, line: usize) -> Self {
        Self { kind: None, text: text.into(), line }
    }

    /// What was taken for granted.
    pub fn guessed(text: impl Into<String>, line: usize) -> Self {
        Self { kind: Some(NoteKind::Guessed), text: text.into(), line }
    }

    /// What cannot be said in a workflow.
    pub fn not_mapped(text: impl Into<String>, line: usize) -> Self {
        Self { kind: Some(NoteKind::NotMapped), text: text.into(), line }
    }
}

/// An input of the workflow.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// Its keys.
    pub keys: Vec<(String, Value)>,
    /// What is said about it.
    pub said: Vec<Said>,
}

/// A resource of the workflow.
#[derive(Clone, Debug, Default)]
pub struct Resource {
    /// Its type.
    pub kind: String,
    /// What is said about it.
    pub said: Vec<Said>,
}

/// A part of the steps.
#[derive(Clone, Debug)]
pub enum Entry {
    /// A comment.
    Said(Said),
    /// A step.
    Step(Box<Step>),
}

/// A step.
#[derive(Clone, Debug, Default)]
pub struct Step {
    /// Its name for expressions.
    pub id: String,
    /// Its keys after `id`, in order.
    pub keys: Vec<(String, Value)>,
    /// Comments above it.
    pub said: Vec<Said>,
    /// The line of the source.
    pub line: usize,
}

impl Step {
    /// A step of this name, from this line.
    pub fn new(id: impl Into<String>, line: usize) -> Self {
        Self { id: id.into(), line, ..Self::default() }
    }

    /// The same with one more key.
    #[must_use]
    pub fn with(mut self, key: &str, value: Value) -> Self {
        self.keys.push((key.to_owned(), value));
        self
    }

    /// The same with what was guessed.
    #[must_use]
    pub fn guessed(mut self, text: impl Into<String>) -> Self {
        self.said.push(Said::guessed(text, self.line));
        self
    }

    /// The same with what is not mapped.
    #[must_use]
    pub fn not_mapped(mut self, text: impl Into<String>) -> Self {
        self.said.push(Said::not_mapped(text, self.line));
        self
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.keys.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }
}

/// A value of a key.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A text in which nothing is replaced.
    Plain(String),
    /// A text whose `${{ … }}` is meant.
    Template(String),
    /// An expression, a script or another text that is written as it is.
    Raw(String),
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A list.
    List(Vec<Value>),
    /// A map.
    Map(Vec<(String, Value)>),
    /// Nothing yet; the text says what must stand there.
    Blank(String),
}

impl Value {
    /// A text in which nothing is replaced.
    pub fn plain(text: impl Into<String>) -> Self {
        Self::Plain(text.into())
    }

    /// A text whose `${{ … }}` is meant.
    pub fn template(text: impl Into<String>) -> Self {
        Self::Template(text.into())
    }

    /// A text that is written as it is.
    pub fn raw(text: impl Into<String>) -> Self {
        Self::Raw(text.into())
    }

    /// What must be filled in.
    pub fn blank(text: impl Into<String>) -> Self {
        Self::Blank(text.into())
    }

    /// A map of these.
    pub fn map<const N: usize>(entries: [(&str, Value); N]) -> Self {
        Self::Map(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }
}

impl Draft {
    /// Adds a step; its name is made unique.
    pub fn step(&mut self, mut step: Step) -> String {
        step.id = self.ids.take(&step.id);
        let id = step.id.clone();
        self.body.push(Entry::Step(Box::new(step)));
        id
    }

    /// Adds a comment between the steps.
    pub fn say(&mut self, said: Said) {
        self.body.push(Entry::Said(said));
    }

    /// Whether there is a step.
    pub fn has_steps(&self) -> bool {
        self.body.iter().any(|entry| matches!(entry, Entry::Step(_)))
    }

    /// The steps so far.
    pub fn steps(&self) -> impl DoubleEndedIterator<Item = &Step> {
        self.body.iter().filter_map(|entry| match entry {
            Entry::Step(step) => Some(&**step),
            Entry::Said(_) => None,
        })
    }

    /// Declares an input unless it is there.
    pub fn input(&mut self, name: &str, input: impl FnOnce() -> Input) {
        if !self.inputs.contains_key(name) {
            self.inputs.insert(name.to_owned(), input());
        }
    }
}

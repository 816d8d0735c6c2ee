//! The tree itself. It knows no parser and no meaning.

use crate::source::{SourceText, Span};
use serde_json::{Map, Number, Value};

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Yaml {
    /// What it is.
    pub kind: YamlKind,
    /// Where: a scalar with its quotes; a list or map from its first element on, to the end of its
    /// first line.
    pub span: Span,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum YamlKind {
    /// Nothing, `null` or `~`.
    Null,
    /// `true` or `false`; nothing else.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A fraction, or a number too large for 64 bits.
    Float(f64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Yaml>),
    /// A map, in the file's order. Keys may come twice: the reader says so.
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key as text; a number or truth value as it was written.
    pub key: String,
    /// Where the key stands.
    pub key_span: Span,
    /// Its value.
    pub value: Yaml,
}

impl Yaml {
    /// The value of a key, where this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Yaml> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry of a key, where this is a map that has it.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The entries of a map; none for anything else.
    pub fn entries(&self) -> &[Entry] {
        match &self.kind {
            YamlKind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The elements of a list; none for anything else.
    pub fn elements(&self) -> &[Yaml] {
        match &self.kind {
            YamlKind::List(elements) => elements,
            _ => &[],
        }
    }

    /// The text, where it is one.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            YamlKind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The place of the value of a key, else of the map itself.
    pub fn span_of(&self, key: &str) -> Span {
        self.get(key).map_or(self.span, |value| value.span)
    }

    /// The type as messages name it.
    pub fn type_name(&self) -> &'static str {
        match &self.kind {
            YamlKind::Null => "nothing",
            YamlKind::Bool(_) => "a truth value",
            YamlKind::Int(_) => "a whole number",
            YamlKind::Float(_) => "a number",
            YamlKind::Text(_) => "a text",
            YamlKind::List(_) => "a list",
            YamlKind::Map(_) => "a map",
        }
    }

    /// Whether it is a text without quotes, on one line.
    pub fn is_plain(&self, source: &SourceText) -> bool {
        let first = source.slice(self.span).chars().next();
        matches!(self.kind, YamlKind::Text(_))
            && !matches!(first, None | Some('"' | '\'' | '|' | '>'))
    }

    /// As JSON; a key that comes twice keeps its first value.
    pub fn to_value(&self) -> Value {
        match &self.kind {
            YamlKind::Null => Value::Null,
            YamlKind::Bool(truth) => Value::Bool(*truth),
            YamlKind::Int(n) => Value::from(*n),
            YamlKind::Float(f) => Number::from_f64(*f).map_or(Value::Null, Value::Number),
            YamlKind::Text(text) => Value::String(text.clone()),
            YamlKind::List(elements) => elements.iter().map(Yaml::to_value).collect(),
            YamlKind::Map(entries) => {
                let mut map = Map::new();
                for entry in entries {
                    map.entry(entry.key.clone()).or_insert_with(|| entry.value.to_value());
                }
                Value::Object(map)
            }
        }
    }
}

//! YAML, and JSON which is YAML too, as a tree that knows its lines. Bombs are refused; what is no
//! YAML is an error with its line.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;
use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy};
use std::fmt;

/// Deepest nesting: pipelines with templates inside nest deep.
const DEPTH_MAX: usize = 48;

/// Values and keys in a file, those that aliases repeat included.
const NODES_MAX: usize = 100_000;

/// Uses of anchors.
const ALIASES_MAX: usize = 500;

/// Values that aliases may repeat.
const REPEATED_MAX: usize = 20_000;

/// A value and its line, from 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Where it begins.
    pub line: usize,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Nothing.
    Null,
    /// A text, or a number or truth value as it is written.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map, in the file's order.
    Map(Vec<(String, Node)>),
}

/// What is no YAML.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct TreeError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

/// Reads a text.
pub fn parse(text: &str) -> Result<Node, TreeError> {
    let budget = serde_saphyr::budget! {
        max_depth: DEPTH_MAX,
        max_nodes: NODES_MAX,
        max_events: NODES_MAX * 2,
        max_aliases: ALIASES_MAX,
        max_anchors: ALIASES_MAX,
        max_documents: 1,
    };
    let alias_limits = serde_saphyr::alias_limits! {
        max_total_replayed_events: REPEATED_MAX,
        max_replay_stack_depth: DEPTH_MAX,
        max_alias_expansions_per_anchor: ALIASES_MAX,
    };
    let options = serde_saphyr::options! {
        budget: budget,
        alias_limits: alias_limits,
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        merge_keys: MergeKeyPolicy::AsOrdinary,
        strict_booleans: true,
        with_snippet: false,
    };
    let read = serde_saphyr::from_str_with_options::<Node>(text, options);
    let mut node = read.map_err(|error| {
        let error = error.without_snippet();
        let line = error.location().map_or(1, |at| usize::try_from(at.line()).unwrap_or(1));
        let said = error.to_string();
        let message = said.lines().next().unwrap_or_default().to_owned();
        TreeError { line, message }
    })?;
    mend(&mut node, 1);
    Ok(node)
}

/// Gives what has no place of its own the place of what stands before it.
fn mend(node: &mut Node, nearby: usize) {
    if node.line == 0 || node.line > u32::MAX as usize / 2 {
        node.line = nearby;
    }
    let mut line = node.line;
    match &mut node.kind {
        Kind::List(elements) => elements.iter_mut().for_each(|element| {
            mend(element, line);
            line = element.line;
        }),
        Kind::Map(entries) => entries.iter_mut().for_each(|(_, value)| {
            mend(value, line);
            line = value.line;
        }),
        Kind::Null | Kind::Text(_) => {}
    }
}

impl Node {
    /// The value of a key, in any case, where this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, v)| v)
    }

    /// The entries of a map; none of anything else.
    pub fn entries(&self) -> &[(String, Node)] {
        match &self.kind {
            Kind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The elements of a list; the value itself where it stands alone; none where there is nothing.
    pub fn elements(&self) -> Vec<&Node> {
        match &self.kind {
            Kind::List(elements) => elements.iter().collect(),
            Kind::Null => Vec::new(),
            _ => vec![self],
        }
    }

    /// The text, where it is one.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a key.
    pub fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Node::text).filter(|text| !text.trim().is_empty())
    }

    /// The texts of a key: one, or a list of them.
    pub fn texts_of(&self, key: &str) -> Vec<String> {
        let elements = self.get(key).map(Node::elements).unwrap_or_default();
        elements.into_iter().filter_map(|one| one.text().map(str::to_owned)).collect()
    }

    /// The line of a key's value, or of this.
    pub fn line_of(&self, key: &str) -> usize {
        self.get(key).map_or(self.line, |value| value.line)
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Kind>::deserialize(deserializer)?;
        let line = usize::try_from(spanned.defined.line()).unwrap_or_default();
        Ok(Self { kind: spanned.value, line })
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KindVisitor)
    }
}

struct KindVisitor;

impl<'de> Visitor<'de> for KindVisitor {
    type Value = Kind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Kind, E> {
        Ok(Kind::Null)
    }

    fn visit_none<E>(self) -> Result<Kind, E> {
        Ok(Kind::Null)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Kind, E> {
        Ok(Kind::Text(truth.to_string()))
    }

    fn visit_i64<E>(self, n: i64) -> Result<Kind, E> {
        Ok(Kind::Text(n.to_string()))
    }

    fn visit_u64<E>(self, n: u64) -> Result<Kind, E> {
        Ok(Kind::Text(n.to_string()))
    }

    fn visit_f64<E>(self, f: f64) -> Result<Kind, E> {
        Ok(Kind::Text(f.to_string()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Kind, E> {
        Ok(Kind::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Kind, E> {
        Ok(Kind::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Kind, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = list.next_element()? {
            elements.push(element);
        }
        Ok(Kind::List(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Kind, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<Node>()? {
            let name = key.text().unwrap_or_default().to_owned();
            let value: Node = map.next_value()?;
            // A key's line is the better place: its value may stand below it.
            let line = if key.line > 0 { key.line } else { value.line };
            entries.push((name, Node { line, ..value }));
        }
        Ok(Kind::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_knows_its_line_in_yaml_and_in_json() {
        let node = parse("a: 1\non:\n  push:\n    - x\n    - y: z\n").unwrap();
        assert_eq!(node.get("on").unwrap().line, 2);
        assert_eq!(node.get("on").unwrap().get("push").unwrap().elements()[1].line, 5);
        let node = parse("{\n \"a\": [\n  {\"b\": true}\n ]\n}").unwrap();
        assert_eq!(node.get("a").unwrap().elements()[0].line, 3);
        assert_eq!(node.get("a").unwrap().elements()[0].text_of("b"), Some("true"));
    }

    #[test]
    fn what_is_no_yaml_is_told_with_its_line() {
        assert_eq!(parse("a: 1\nb: [\n").unwrap_err().line, 2);
    }
}

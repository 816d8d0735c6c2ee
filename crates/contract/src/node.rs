//! The facts of a body as a tree, so that a value is walked beside them. It must not know whether
//! the body was sent or received.

use crate::fact::Fact;
use std::collections::BTreeMap;

/// What may stand in one place of a body, and below it.
#[derive(Debug, Default)]
pub(crate) struct Node {
    /// The place's own fact; none where only what stands below it is known.
    pub fact: Option<Fact>,
    /// Named members; `[]` is every element of a list, `*` every other member.
    pub below: BTreeMap<String, Node>,
}

impl Node {
    /// Puts the facts of dotted paths into a tree.
    pub fn of<'a>(facts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut root = Self::default();
        for (path, fact) in facts {
            root.at(path).fact = Some(Fact::parse(fact));
        }
        root
    }

    /// Returns the place of a path, making it if it is new.
    pub fn at(&mut self, path: &str) -> &mut Self {
        // A body can be a list itself: `[].name`.
        let path = path.replace("[]", ".[]");
        let path = path.trim_start_matches('.');
        path.split('.').fold(self, |node, part| node.below.entry(part.to_owned()).or_default())
    }

    /// Returns what is known of a member.
    pub fn member(&self, name: &str) -> Option<&Self> {
        self.below.get(name).filter(|_| name != "[]").or_else(|| self.below.get("*"))
    }

    /// Returns the names that must be there.
    pub fn required(&self) -> impl Iterator<Item = &str> {
        let required = |node: &Node| node.fact.as_ref().is_some_and(|fact| fact.required);
        let named = self.below.iter().filter(|(name, _)| *name != "[]" && *name != "*");
        named.filter(move |(_, node)| required(node)).map(|(name, _)| name.as_str())
    }
}

//! Where each node of an expression stands in its text: a tree of the same shape as the model's.

use std::ops::Range;

/// The place of a node and those of its parts, in the order in which the model's node holds them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Bytes of the expression's text.
    pub at: Range<usize>,
    /// Its parts.
    pub parts: Vec<Marks>,
}

impl Marks {
    /// A node without parts.
    pub fn leaf(at: Range<usize>) -> Self {
        Self { at, parts: Vec::new() }
    }

    /// A node around its parts: from the first byte of any to the last.
    pub fn around(at: Range<usize>, parts: Vec<Marks>) -> Self {
        let start = parts.iter().map(|part| part.whole().start).fold(at.start, usize::min);
        let end = parts.iter().map(|part| part.whole().end).fold(at.end, usize::max);
        Self { at: start..end, parts }
    }

    /// The marks of a part; its own place where the tree has none there.
    pub fn part(&self, index: usize) -> Marks {
        self.parts.get(index).cloned().unwrap_or_else(|| Marks::leaf(self.at.clone()))
    }

    fn whole(&self) -> Range<usize> {
        self.at.clone()
    }
}

//! A page as people see it: sections, lists, words. It must not know how it was written down.

/// A page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// Its sections, in order; the first has no heading where words stand above all.
    pub sections: Vec<Section>,
}

/// What stands below a heading, up to the next one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Section {
    /// The heading.
    pub heading: Option<Words>,
    /// How deep, from 1.
    pub level: u8,
    /// What stands below.
    pub blocks: Vec<Block>,
}

/// A part of a section or of an item.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// A paragraph.
    Words(Words),
    /// A list.
    List(List),
    /// A block of code.
    Code(Code),
    /// A table's row.
    Row(Vec<Words>),
}

/// A paragraph, a heading or a cell: its words without marks of style.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Words {
    /// The words; a link's address stands behind its words.
    pub text: String,
    /// Pieces that were written as code, or strongly.
    pub names: Vec<String>,
    /// Addresses, in order.
    pub urls: Vec<String>,
    /// The line of the page, from 1.
    pub line: usize,
}

/// A list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct List {
    /// Whether its items are numbered.
    pub numbered: bool,
    /// The items.
    pub items: Vec<Item>,
}

/// An item of a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Item {
    /// Its number as it is written.
    pub number: Option<u64>,
    /// Whether it has a box to tick.
    pub boxed: bool,
    /// What it holds.
    pub blocks: Vec<Block>,
    /// The line of the page, from 1.
    pub line: usize,
}

/// A block of code.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Code {
    /// Its language, where it says so.
    pub language: String,
    /// The text.
    pub text: String,
    /// The line of the page, from 1.
    pub line: usize,
}

impl Words {
    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }
}

impl List {
    /// Whether each item has a box to tick.
    pub fn is_boxed(&self) -> bool {
        !self.items.is_empty() && self.items.iter().all(|item| item.boxed)
    }
}

//! From a stream of small events to a page. It forgives what is never closed or closed twice: pages
//! are written by people, and exported by programs.

use super::block::{Block, Code, Item, List, Page, Section, Words};

/// What a reader of a page's text meets, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Met {
    /// A heading of this depth begins.
    Heading(u8),
    /// The heading ends.
    HeadingEnd,
    /// A list begins; a numbered one with its first number.
    List(Option<u64>),
    /// The innermost list ends.
    ListEnd,
    /// An item begins.
    Item,
    /// The number that the item has, as it is written.
    Number(Option<u64>),
    /// A paragraph, or anything that stands for itself, begins or ends.
    Paragraph,
    /// Words.
    Text(String),
    /// A name, as code or strongly, is about to begin.
    Name,
    /// It ends.
    NameEnd,
    /// An address begins, with what it leads to.
    Link(String),
    /// It ends.
    LinkEnd,
    /// A box to tick.
    Box,
    /// A block of code: its language and text.
    Code(String, String),
    /// A cell of a table ends.
    Cell,
    /// A row of a table ends.
    Row,
}

/// The page so far.
#[derive(Debug, Default)]
pub struct Gather {
    page: Page,
    open: Vec<Open>,
    words: Words,
    heading: Option<u8>,
    name: Option<usize>,
    link: Option<(usize, String)>,
    row: Vec<Words>,
}

#[derive(Debug)]
enum Open {
    List(List, Option<u64>),
    Item(Item),
}

impl Gather {
    /// Takes what was met on a line.
    pub fn take(&mut self, met: Met, line: usize) {
        match met {
            Met::Heading(level) => {
                self.end_paragraph();
                while !self.open.is_empty() {
                    self.close_one();
                }
                self.heading = Some(level);
            }
            Met::HeadingEnd => self.end_paragraph(),
            Met::List(first) => {
                self.end_paragraph();
                self.end_row();
                let list = List { numbered: first.is_some(), items: Vec::new() };
                self.open.push(Open::List(list, first));
            }
            Met::ListEnd => {
                self.end_paragraph();
                if self.open.iter().any(|open| matches!(open, Open::List(..))) {
                    while matches!(self.open.last(), Some(Open::Item(_))) {
                        self.close_one();
                    }
                    self.close_one();
                }
            }
            Met::Item => self.begin_item(line),
            Met::Number(number) => {
                if let (Some(Open::Item(item)), Some(number)) = (self.open.last_mut(), number) {
                    item.number = Some(number);
                }
            }
            Met::Paragraph => self.end_paragraph(),
            Met::Text(text) => self.text(&text, line),
            Met::Name => self.name = Some(self.words.text.len()),
            Met::NameEnd => self.end_name(),
            Met::Link(to) => self.link = Some((self.words.text.len(), to)),
            Met::LinkEnd => self.end_link(line),
            Met::Box => {
                if let Some(Open::Item(item)) = self.open.last_mut() {
                    item.boxed = true;
                }
            }
            Met::Code(language, text) => {
                self.end_paragraph();
                if !text.trim().is_empty() {
                    self.put(Block::Code(Code { language, text, line }));
                }
            }
            Met::Cell => {
                let words = self.taken();
                self.row.push(words);
            }
            Met::Row => self.end_row(),
        }
    }

    /// The page.
    pub fn finish(mut self) -> Page {
        self.end_row();
        self.end_paragraph();
        while !self.open.is_empty() {
            self.close_one();
        }
        self.page
    }

    fn begin_item(&mut self, line: usize) {
        self.end_paragraph();
        if let Some(Open::Item(_)) = self.open.last() {
            self.close_one();
        }
        if !matches!(self.open.last(), Some(Open::List(..))) {
            self.open.push(Open::List(List::default(), None));
        }
        let mut number = None;
        if let Some(Open::List(list, Some(first))) = self.open.last() {
            number = Some(first.saturating_add(list.items.len() as u64));
        }
        self.open.push(Open::Item(Item { number, line, ..Item::default() }));
    }

    fn text(&mut self, text: &str, line: usize) {
        if self.words.is_empty() && !text.trim().is_empty() {
            self.words.line = line;
        }
        self.words.text.push_str(text);
    }

    fn end_name(&mut self) {
        let Some(from) = self.name.take() else { return };
        // Where half of a word is written strongly, the word is the name.
        let from = self
            .words
            .text
            .get(..from)
            .map_or(from, |before| before.rfind(char::is_whitespace).map_or(0, |at| at + 1));
        if let Some(name) = self.words.text.get(from..) {
            let name = name.trim().to_owned();
            if !name.is_empty() {
                self.words.names.push(name);
            }
        }
    }

    /// A link's address stands behind its words, unless they are the address.
    fn end_link(&mut self, line: usize) {
        let Some((from, to)) = self.link.take() else { return };
        let shown = self.words.text.get(from..).unwrap_or_default().trim().to_owned();
        if to.trim().is_empty() || to.starts_with('#') {
            return;
        }
        if shown != to {
            self.text(&format!(" <{to}> "), line);
        }
    }

    fn taken(&mut self) -> Words {
        self.end_name();
        self.name = None;
        let mut words = std::mem::take(&mut self.words);
        words.text = words.text.split_whitespace().collect::<Vec<_>>().join(" ");
        words.urls = addresses(&words.text);
        words
    }

    fn end_paragraph(&mut self) {
        let heading = self.heading.take();
        let words = self.taken();
        if words.is_empty() {
            return;
        }
        match heading {
            Some(level) => {
                let section = Section { heading: Some(words), level, blocks: Vec::new() };
                self.page.sections.push(section);
            }
            // Between cells it belongs to the row that is to end.
            None if !self.row.is_empty() => self.row.push(words),
            None => self.put(Block::Words(words)),
        }
    }

    fn end_row(&mut self) {
        if !self.words.is_empty() {
            let words = self.taken();
            self.row.push(words);
        }
        let row = std::mem::take(&mut self.row);
        if row.iter().any(|cell| !cell.is_empty()) {
            self.put(Block::Row(row));
        }
    }

    fn close_one(&mut self) {
        match self.open.pop() {
            Some(Open::Item(item)) => match self.open.last_mut() {
                Some(Open::List(list, _)) => list.items.push(item),
                _ => item.blocks.into_iter().for_each(|block| self.put(block)),
            },
            Some(Open::List(list, _)) if !list.items.is_empty() => self.put(Block::List(list)),
            Some(Open::List(..)) | None => {}
        }
    }

    fn put(&mut self, block: Block) {
        let item = self.open.iter_mut().rev().find_map(|open| match open {
            Open::Item(item) => Some(item),
            Open::List(..) => None,
        });
        if let Some(item) = item {
            return item.blocks.push(block);
        }
        if self.page.sections.is_empty() {
            self.page.sections.push(Section::default());
        }
        if let Some(section) = self.page.sections.last_mut() {
            section.blocks.push(block);
        }
    }
}

/// Addresses in a text, as links or bare.
fn addresses(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    for word in text.split([' ', '<', '>', '"', '\'']) {
        let Some(at) = word.find("http://").or_else(|| word.find("https://")) else { continue };
        let url = word[at..].trim_end_matches(['.', ',', ';', ':', ')', '!', '?']);
        if url.len() > "https://".len() {
            all.push(url.to_owned());
        }
    }
    all
}

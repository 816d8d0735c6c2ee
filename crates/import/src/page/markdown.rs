//! Pages in Markdown, as wikis on git keep them. Lists that are indented by two blanks are nested,
//! as their writers meant and many wikis show them.

use super::block::Page;
use super::gather::{Gather, Met};
use super::html;
use super::lines::Lines;
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use std::ops::Range;

/// Blanks by which an item must stand further right than its list to be nested.
const NESTED_MIN: usize = 2;

/// Reads a page.
pub fn read(text: &str) -> Page {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let mut reader = Reader {
        text,
        lines: Lines::of(text),
        gather: Gather::default(),
        lists: Vec::new(),
        code: None,
        html: None,
    };
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        reader.event(event, &range);
    }
    reader.gather.finish()
}

/// A list that is open.
struct Open {
    /// How far its first item stands from the begin of the line.
    column: Option<usize>,
    numbered: bool,
    /// Lists inside that the page's indentation opened.
    inner: Vec<usize>,
}

struct Reader<'a> {
    text: &'a str,
    lines: Lines,
    gather: Gather,
    lists: Vec<Open>,
    /// The language and text of a block of code that is open.
    code: Option<(String, String)>,
    /// A block of HTML that is open, with its line.
    html: Option<(String, usize)>,
}

impl Reader<'_> {
    fn event(&mut self, event: Event<'_>, range: &Range<usize>) {
        let line = self.lines.at(range.start);
        match event {
            Event::Start(tag) => self.start(tag, range, line),
            Event::End(tag) => self.end(tag, line),
            Event::Text(text) => match &mut self.code {
                Some((_, code)) => code.push_str(&text),
                None => self.gather.take(Met::Text(text.into_string()), line),
            },
            Event::Code(text) => {
                for met in [Met::Name, Met::Text(text.into_string()), Met::NameEnd] {
                    self.gather.take(met, line);
                }
            }
            Event::Html(text) => match &mut self.html {
                Some((html, _)) => html.push_str(&text),
                None => html::feed(&text, line, &mut self.gather),
            },
            Event::InlineHtml(text) => self.inline_html(&text, line),
            Event::SoftBreak | Event::HardBreak => {
                self.gather.take(Met::Text("\n".to_owned()), line);
            }
            Event::Rule => self.gather.take(Met::Paragraph, line),
            Event::TaskListMarker(_) => self.gather.take(Met::Box, line),
            Event::InlineMath(text) | Event::DisplayMath(text) | Event::FootnoteReference(text) => {
                self.gather.take(Met::Text(text.into_string()), line);
            }
        }
    }

    fn start(&mut self, tag: Tag<'_>, range: &Range<usize>, line: usize) {
        match tag {
            Tag::Heading { level, .. } => self.gather.take(Met::Heading(depth(level)), line),
            Tag::List(first) => {
                let numbered = first.is_some();
                self.lists.push(Open { column: None, numbered, inner: Vec::new() });
                self.gather.take(Met::List(first), line);
            }
            Tag::Item => self.item(range, line),
            Tag::CodeBlock(kind) => {
                let language = match kind {
                    CodeBlockKind::Fenced(word) => word.into_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                self.code = Some((language, String::new()));
            }
            Tag::HtmlBlock => self.html = Some((String::new(), line)),
            Tag::Strong => self.gather.take(Met::Name, line),
            Tag::Link { dest_url, .. } => {
                self.gather.take(Met::Link(dest_url.into_string()), line);
            }
            Tag::Paragraph | Tag::BlockQuote(_) | Tag::Table(_) => {
                self.gather.take(Met::Paragraph, line);
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd, line: usize) {
        match tag {
            TagEnd::Heading(_) => self.gather.take(Met::HeadingEnd, line),
            TagEnd::List(_) => {
                let inner = self.lists.pop().map_or(0, |list| list.inner.len());
                (0..=inner).for_each(|_| self.gather.take(Met::ListEnd, line));
            }
            TagEnd::CodeBlock => {
                if let Some((language, text)) = self.code.take() {
                    self.gather.take(Met::Code(language, text), line);
                }
            }
            TagEnd::HtmlBlock => {
                if let Some((text, line)) = self.html.take() {
                    self.gather.take(Met::Paragraph, line);
                    html::feed(&text, line, &mut self.gather);
                    self.gather.take(Met::Paragraph, line);
                }
            }
            TagEnd::Strong => self.gather.take(Met::NameEnd, line),
            TagEnd::Link => self.gather.take(Met::LinkEnd, line),
            TagEnd::TableCell => self.gather.take(Met::Cell, line),
            TagEnd::TableRow | TagEnd::TableHead => self.gather.take(Met::Row, line),
            TagEnd::Paragraph | TagEnd::BlockQuote(_) | TagEnd::MetadataBlock(_) => {
                self.gather.take(Met::Paragraph, line);
            }
            _ => {}
        }
    }

    /// An item that stands further right than the list's first one is nested in the one before it.
    fn item(&mut self, range: &Range<usize>, line: usize) {
        let text = self.text.get(range.clone()).unwrap_or_default();
        let blanks = text.len() - text.trim_start_matches(' ').len();
        let column = self.lines.column(range.start) + blanks;
        let number = written_number(text.trim_start());
        if let Some(list) = self.lists.last_mut() {
            let first = *list.column.get_or_insert(column);
            while list.inner.last().is_some_and(|inner| column < *inner) {
                list.inner.pop();
                self.gather.take(Met::ListEnd, line);
            }
            let outer = list.inner.last().copied().unwrap_or(first);
            if column >= outer + NESTED_MIN {
                list.inner.push(column);
                let number = list.numbered.then_some(number.unwrap_or(1));
                self.gather.take(Met::List(number), line);
            }
        }
        self.gather.take(Met::Item, line);
        self.gather.take(Met::Number(number), line);
    }

    /// A piece of HTML between words; what is no element is words.
    fn inline_html(&mut self, text: &str, line: usize) {
        let name: String = text
            .trim_start_matches(['<', '/'])
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        match KNOWN.contains(&name.to_ascii_lowercase().as_str()) || text.starts_with("<!--") {
            true => html::feed(text, line, &mut self.gather),
            // `<version>` is a place to fill in, whatever HTML thinks.
            false => self.gather.take(Met::Text(text.to_owned()), line),
        }
    }
}

/// Elements that stand between words.
const KNOWN: [&str; 30] = [
    "a", "abbr", "b", "big", "br", "center", "code", "del", "div", "em", "font", "i", "img",
    "input", "ins", "kbd", "li", "mark", "ol", "p", "s", "small", "span", "strong", "sub", "sup",
    "tt", "u", "ul", "hr",
];

/// The number that an item begins with.
fn written_number(text: &str) -> Option<u64> {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

fn depth(level: HeadingLevel) -> u8 {
    level as u8
}

//! Pages as wikis export them in HTML. Only what people see counts: scripts, styles and heads are
//! left out.

use super::block::Page;
use super::gather::{Gather, Met};
use super::lines::Lines;
use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};

/// Elements that people do not see.
const UNSEEN: [&str; 7] = ["script", "style", "head", "template", "noscript", "svg", "nav"];

/// Elements that stand for themselves.
const APART: [&str; 17] = [
    "p",
    "div",
    "section",
    "article",
    "blockquote",
    "hr",
    "main",
    "header",
    "footer",
    "figure",
    "dl",
    "dt",
    "dd",
    "table",
    "tbody",
    "thead",
    "body",
];

/// Reads a page.
pub fn read(text: &str) -> Page {
    let mut gather = Gather::default();
    feed(text, 1, &mut gather);
    gather.finish()
}

/// Reads a piece of HTML that begins on a line of a page.
pub fn feed(text: &str, first_line: usize, gather: &mut Gather) {
    let lines = Lines::of(text);
    let mut emitter = DefaultEmitter::<usize>::new_with_span();
    emitter.naively_switch_states(true);
    let mut reader = Reader { gather, unseen: None, code: None };
    for token in Tokenizer::new_with_emitter(text, emitter) {
        let Ok(token) = token;
        let at = |offset: usize| lines.at(offset) + first_line - 1;
        match token {
            Token::StartTag(tag) => reader.start(&tag, at(tag.span.start)),
            Token::EndTag(tag) => reader.end(&name_of(&tag.name), at(tag.span.start)),
            Token::String(words) => {
                reader.words(&String::from_utf8_lossy(&words.value), at(words.span.start));
            }
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
    }
    reader.end_code(first_line);
}

fn name_of(name: &[u8]) -> String {
    String::from_utf8_lossy(name).to_ascii_lowercase()
}

struct Reader<'a> {
    gather: &'a mut Gather,
    /// The element whose content is not seen, and how often it is open.
    unseen: Option<(String, usize)>,
    /// A block of code that is open, with its line.
    code: Option<(String, usize)>,
}

impl Reader<'_> {
    fn start(&mut self, tag: &StartTag<usize>, line: usize) {
        let name = name_of(&tag.name);
        if let Some((open, depth)) = &mut self.unseen {
            *depth += usize::from(*open == name && !tag.self_closing);
            return;
        }
        if UNSEEN.contains(&name.as_str()) && !tag.self_closing {
            self.unseen = Some((name, 1));
            return;
        }
        let attribute = |key: &[u8]| {
            tag.attributes.get(key).map(|value| String::from_utf8_lossy(value).into_owned())
        };
        match name.as_str() {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                let level = name.as_bytes()[1] - b'0';
                self.gather.take(Met::Heading(level), line);
            }
            "ol" => {
                let first = attribute(b"start").and_then(|text| text.trim().parse().ok());
                self.gather.take(Met::List(Some(first.unwrap_or(1))), line);
            }
            "ul" => self.gather.take(Met::List(None), line),
            "li" => self.gather.take(Met::Item, line),
            "br" => self.words("\n", line),
            "pre" => {
                self.gather.take(Met::Paragraph, line);
                self.code.get_or_insert((String::new(), line));
            }
            "code" | "tt" | "kbd" | "b" | "strong" if self.code.is_none() => {
                self.gather.take(Met::Name, line);
            }
            "a" => self.gather.take(Met::Link(attribute(b"href").unwrap_or_default()), line),
            "img" => {
                let alt = attribute(b"alt").unwrap_or_default();
                self.words(&format!(" {alt} "), line);
            }
            "input" if attribute(b"type").as_deref() == Some("checkbox") => {
                self.gather.take(Met::Box, line);
            }
            name if APART.contains(&name) => self.apart(line),
            _ => {}
        }
    }

    fn end(&mut self, name: &str, line: usize) {
        if let Some((open, depth)) = &mut self.unseen {
            *depth -= usize::from(open == name);
            if *depth == 0 {
                self.unseen = None;
            }
            return;
        }
        match name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => self.gather.take(Met::HeadingEnd, line),
            "ol" | "ul" => self.gather.take(Met::ListEnd, line),
            "pre" => self.end_code(line),
            "code" | "tt" | "kbd" | "b" | "strong" if self.code.is_none() => {
                self.gather.take(Met::NameEnd, line);
            }
            "a" => self.gather.take(Met::LinkEnd, line),
            "td" | "th" => self.gather.take(Met::Cell, line),
            "tr" => self.gather.take(Met::Row, line),
            name if APART.contains(&name) => self.apart(line),
            _ => {}
        }
    }

    fn apart(&mut self, line: usize) {
        match &mut self.code {
            Some((text, _)) => text.push('\n'),
            None => self.gather.take(Met::Paragraph, line),
        }
    }

    fn words(&mut self, text: &str, line: usize) {
        match (&self.unseen, &mut self.code) {
            (Some(_), _) => {}
            (None, Some((code, _))) => code.push_str(text),
            (None, None) => self.gather.take(Met::Text(text.to_owned()), line),
        }
    }

    fn end_code(&mut self, _line: usize) {
        if let Some((text, began)) = self.code.take() {
            self.gather.take(Met::Code(String::new(), text), began);
        }
    }
}

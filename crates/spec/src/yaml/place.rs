//! From a place inside a text's value to the place in the file: quotes, escapes and indentation lie
//! between.

use super::tree::Yaml;
use crate::source::{SourceText, Span};

/// The piece of the file that a piece of a text's value was written as, in bytes of both.
pub fn place_in(source: &SourceText, text: &Yaml, start: usize, end: usize) -> Span {
    let Some(value) = text.text() else { return text.span };
    let raw = source.slice(text.span);
    let from = raw_offset(raw, value, start);
    let to = raw_offset(raw, value, end.max(start)).max(from);
    Span::new(text.span.start + from, text.span.start + to)
}

/// Walks value and raw text side by side up to `at` bytes of the value.
fn raw_offset(raw: &str, value: &str, at: usize) -> usize {
    let escapes = raw.starts_with('"');
    let doubled = raw.starts_with('\'');
    let mut skip = usize::from(escapes || doubled);
    if raw.starts_with(['|', '>']) {
        skip = raw.find('\n').map_or(raw.len(), |line_end| line_end + 1);
    }
    let mut rest = &raw[skip..];
    for (offset, wanted) in value.char_indices() {
        rest = seek(rest, wanted, escapes);
        if offset >= at {
            break;
        }
        let mut chars = rest.chars();
        match chars.next() {
            Some('\\') if escapes => rest = skip_escape(rest),
            Some('\'') if doubled => rest = chars.as_str().strip_prefix('\'').unwrap_or(rest),
            _ => rest = chars.as_str(),
        }
    }
    raw.len() - rest.len()
}

/// Drops what the reader of YAML dropped before the wanted character: indentation and folded line
/// ends.
fn seek(mut rest: &str, wanted: char, escapes: bool) -> &str {
    loop {
        let Some(c) = rest.chars().next() else { return rest };
        let found =
            c == wanted || (wanted.is_whitespace() && c.is_whitespace()) || (escapes && c == '\\');
        if found || !c.is_whitespace() {
            return rest;
        }
        rest = &rest[c.len_utf8()..];
    }
}

fn skip_escape(rest: &str) -> &str {
    let digits = match rest.chars().nth(1) {
        Some('x') => 2,
        Some('u') => 4,
        Some('U') => 8,
        _ => 0,
    };
    let end: usize = rest.chars().take(2 + digits).map(char::len_utf8).sum();
    &rest[end..]
}

//! Texts with holes: `dispatcherqa4prod${{ inputs.n }}`.

use std::ops::Range;

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hole {
    /// As it stands.
    Text(String),
    /// Bytes of the text between `${{` and `}}`.
    Hole(Range<usize>),
}

/// A hole that is opened and never closed, by the place of its `${{`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unclosed(pub usize);

/// Cuts a text into its parts.
pub fn holes_of(text: &str) -> Result<Vec<Hole>, Unclosed> {
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find("${{") {
        let open = at + found;
        if open > at {
            parts.push(Hole::Text(text[at..open].to_owned()));
        }
        let inner = open + 3;
        let close = closing(&text[inner..]).ok_or(Unclosed(open))?;
        parts.push(Hole::Hole(inner..inner + close));
        at = inner + close + 2;
    }
    if at < text.len() {
        parts.push(Hole::Text(text[at..].to_owned()));
    }
    Ok(parts)
}

/// The place of `}}` outside of quotes and of the expression's own braces.
fn closing(text: &str) -> Option<usize> {
    let mut quote: Option<u8> = None;
    let mut depth = 0usize;
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (Some(_), b'\\') => at += 1,
            (Some(end), c) if c == end => quote = None,
            (Some(_), _) => {}
            (None, c @ (b'"' | b'\'')) => quote = Some(c),
            (None, b'{') => depth += 1,
            (None, b'}') if depth > 0 => depth -= 1,
            (None, b'}') if bytes.get(at + 1) == Some(&b'}') => return Some(at),
            (None, _) => {}
        }
        at += 1;
    }
    // a quote that is never closed must not swallow the end of the hole
    quote.and_then(|_| text.find("}}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_end_where_they_seem_to() {
        let cut = |text: &str| -> Vec<String> {
            let parts = holes_of(text).unwrap().into_iter();
            parts
                .map(|part| match part {
                    Hole::Text(text) => text,
                    Hole::Hole(at) => format!("<{}>", &text[at]),
                })
                .collect()
        };
        assert_eq!(cut("a${{ b }}c${{d}}"), ["a", "< b >", "c", "<d>"]);
        assert_eq!(cut("${{ '}}' }}"), ["< '}}' >"]);
        assert_eq!(cut("${{ {'a': {'b': 1}} }}x"), ["< {'a': {'b': 1}} >", "x"]);
        assert_eq!(holes_of("a ${{ b"), Err(Unclosed(2)));
        assert_eq!(cut("plain"), ["plain"]);
    }
}

//! A file's text and places in it. It knows neither YAML nor what is wrong with the file.

/// A piece of a text, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
}

impl Span {
    /// The piece from `start` up to `end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end: end.max(start) }
    }
}

/// A file's name and text, with quick ways from bytes to lines.
#[derive(Clone, Debug, Default)]
pub struct SourceText {
    /// As the user named it.
    pub file: String,
    /// Its text.
    pub text: String,
    line_starts: Vec<usize>,
}

/// A place as humans and editors count: both from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: u32,
    /// The character in the line.
    pub column: u32,
}

impl SourceText {
    /// Takes a text and finds its lines.
    pub fn new(file: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let line_starts = std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect();
        Self { file: file.into(), text, line_starts }
    }

    /// Where a byte stands. A byte inside a character counts as its beginning.
    pub fn place(&self, at: usize) -> Place {
        let at = self.floor(at);
        let line = self.line_starts.partition_point(|start| *start <= at).max(1);
        let start = self.line_starts.get(line - 1).copied().unwrap_or(0);
        let column = self.text[start..at].chars().count() + 1;
        Place { line: line as u32, column: column as u32 }
    }

    /// The byte at a place; the end of the text where there is none.
    pub fn offset(&self, place: Place) -> usize {
        let line = place.line.max(1) as usize - 1;
        let Some(start) = self.line_starts.get(line) else { return self.text.len() };
        let before = self.line(place.line).chars().take(place.column.max(1) as usize - 1);
        start + before.map(char::len_utf8).sum::<usize>()
    }

    /// A line without its end, by number from 1.
    pub fn line(&self, line: u32) -> &str {
        let at = line.max(1) as usize - 1;
        let start = self.line_starts.get(at).copied().unwrap_or(self.text.len());
        let end = self.line_starts.get(at + 1).copied().unwrap_or(self.text.len());
        self.text[start..end].trim_end_matches(['\n', '\r'])
    }

    /// The text of a piece, cut to what exists.
    pub fn slice(&self, span: Span) -> &str {
        let start = self.floor(span.start);
        &self.text[start..self.floor(span.end).max(start)]
    }

    fn floor(&self, at: usize) -> usize {
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_characters_from_one() {
        let source = SourceText::new("f", "a: ä\r\nb: ✓x\n");
        assert_eq!(source.place(0), Place { line: 1, column: 1 });
        let x = source.text.find('x').unwrap();
        assert_eq!(source.place(x), Place { line: 2, column: 5 });
        assert_eq!(source.place(x - 1), Place { line: 2, column: 4 });
        assert_eq!(source.place(9999).line, 3);
        assert_eq!(source.line(1), "a: ä");
        assert_eq!(source.line(77), "");
    }
}

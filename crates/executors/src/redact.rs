//! What a script prints, without its secrets and within bounds. It must not know where the text
//! goes.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use std::collections::VecDeque;
use windlass_model::Value;
use windlass_ports::Secret;

/// What stands for a secret.
const STRUCK_OUT: &str = "***";

/// Shorter pieces of a secret, such as the lines of a certificate's frame, would strike out half
/// of all text.
const PIECE_CHARS_MIN: usize = 3;

/// Shorter pieces of base64 stand in many a text by chance.
const ENCODED_CHARS_MIN: usize = 8;

/// Bytes that three groups of base64's bits begin with, and the characters that hold them.
const SHIFTS: [(usize, usize); 3] = [(0, 0), (1, 2), (2, 3)];

/// Characters of a line that are shown and kept.
pub const LINE_CHARS_MAX: usize = 2_000;

/// Bytes of the end of the output that go into the history: enough for an error with its context.
pub const TAIL_BYTES_MAX: usize = 4_096;

/// Strikes secrets out of lines.
#[derive(Clone, Default)]
pub struct Redactor {
    pieces: Vec<Secret>,
}

impl Redactor {
    /// Knows these secrets, and what they look like in base64, as headers and mail servers have
    /// them. One of several lines is known by each of them, since output comes in lines.
    pub fn new(secrets: &[Secret]) -> Self {
        let lines = secrets.iter().flat_map(|secret| secret.expose().lines());
        let mut pieces: Vec<Secret> = lines
            .map(str::trim)
            .filter(|line| line.chars().count() >= PIECE_CHARS_MIN)
            .map(Secret::new)
            .collect();
        let encoded: Vec<Secret> = pieces.iter().flat_map(|p| encoded(p.expose())).collect();
        pieces.extend(encoded);
        // A secret may be part of another one: the longer one first, or its rest stays.
        pieces.sort_by_key(|piece| std::cmp::Reverse(piece.expose().len()));
        Self { pieces }
    }

    /// The text without secrets.
    pub fn clean(&self, text: &str) -> String {
        let mut clean = text.to_owned();
        for piece in &self.pieces {
            if clean.contains(piece.expose()) {
                clean = clean.replace(piece.expose(), STRUCK_OUT);
            }
        }
        clean
    }

    /// The value without secrets in its texts.
    pub fn value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.clean(&text)),
            Value::Array(list) => list.into_iter().map(|value| self.value(value)).collect(),
            Value::Object(map) => {
                map.into_iter().map(|(key, value)| (key, self.value(value))).collect()
            }
            other => other,
        }
    }

    /// A line without secrets, control characters and excess.
    pub fn line(&self, bytes: &[u8]) -> String {
        let text = String::from_utf8_lossy(bytes);
        let clean = self.clean(text.trim_end_matches(['\n', '\r']));
        let shown = clean.chars().filter(|c| !c.is_control() || *c == '\t');
        let mut line: String = shown.take(LINE_CHARS_MAX + 1).collect();
        if let Some((at, _)) = line.char_indices().nth(LINE_CHARS_MAX) {
            line.truncate(at);
            line.push('…');
        }
        line
    }
}

/// What a text looks like in base64, whatever stands before and behind it: those characters that
/// hold bits of it alone.
fn encoded(text: &str) -> Vec<Secret> {
    let mut found = Vec::new();
    for (before, skipped) in SHIFTS {
        let bytes = [vec![0; before], text.as_bytes().to_vec()].concat();
        let whole = bytes.len() * 8 / 6;
        for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            let core = engine.encode(&bytes)[..whole].get(skipped..).map(Secret::new);
            found.extend(core.filter(|core| core.expose().len() >= ENCODED_CHARS_MIN));
        }
    }
    found
}

/// The last lines.
#[derive(Clone, Debug, Default)]
pub struct Tail {
    lines: VecDeque<String>,
    bytes: usize,
}

impl Tail {
    /// Adds a clean line.
    pub fn push(&mut self, line: String) {
        self.bytes += line.len() + 1;
        self.lines.push_back(line);
        while self.bytes > TAIL_BYTES_MAX && self.lines.len() > 1 {
            let gone = self.lines.pop_front().unwrap_or_default();
            self.bytes -= gone.len() + 1;
        }
    }

    /// The last line that says something.
    pub fn last(&self) -> Option<&str> {
        self.lines.iter().rev().map(String::as_str).find(|line| !line.trim().is_empty())
    }

    /// All of it, bounded.
    pub fn text(&self) -> String {
        let text = self.lines.iter().map(String::as_str).collect::<Vec<_>>().join("\n");
        let from = text.len().saturating_sub(TAIL_BYTES_MAX);
        let from = (from..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text[from..].to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_struck_out_the_longest_first_and_line_by_line() {
        let redactor = Redactor::new(&[
            Secret::new("hunter2"),
            Secret::new("hunter2-and-more"),
            Secret::new("BEGIN\nmiddle-of-key\nEND"),
            Secret::new("x"),
        ]);
        assert_eq!(redactor.clean("a hunter2-and-more b hunter2 x"), "a *** b *** x");
        assert_eq!(redactor.line(b"middle-of-key\r\n"), "***");
    }

    #[test]
    fn a_secret_is_struck_out_of_base64_whatever_stands_around_it() {
        use base64::engine::general_purpose::STANDARD;
        let redactor = Redactor::new(&[Secret::new("hunter2?and?more")]);
        for before in ["", "a", "ab", "user:", "\0releases\0"] {
            for behind in ["", "@", "\r\n"] {
                let text = format!("{before}hunter2?and?more{behind}");
                for encoded in [STANDARD.encode(&text), URL_SAFE_NO_PAD.encode(&text)] {
                    let clean = redactor.clean(&encoded);
                    assert!(clean.contains(STRUCK_OUT) && clean.len() <= 26, "{clean}");
                }
            }
        }
    }

    #[test]
    fn lines_and_tails_are_bounded_between_characters() {
        let line = Redactor::default().line("é".repeat(9_000).as_bytes());
        assert_eq!(line.chars().count(), LINE_CHARS_MAX + 1);
        assert_eq!(Redactor::default().line(b"\x1b[31mred\x07\n"), "[31mred");
        let mut tail = Tail::default();
        for n in 0..5_000 {
            tail.push(format!("line {n} é"));
        }
        assert!(tail.text().len() <= TAIL_BYTES_MAX && tail.text().ends_with("line 4999 é"));
        tail.push("é".repeat(9_000));
        assert!(tail.text().len() <= TAIL_BYTES_MAX);
    }
}

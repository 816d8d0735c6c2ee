//! Text of others made fit for a terminal: a prompt, an output or a message could move its cursor,
//! change its colours, or show words in another order than they have. It must not know what the
//! text is for.

use std::borrow::Cow;

/// The text with everything that a terminal obeys made readable. Line ends and tabs stay.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(obeyed) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.replace("\r\n", "\n").chars() {
        match obeyed(c) {
            true => shown.extend(c.escape_default()),
            false => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

/// A line that a script printed, as it would stand on its terminal in the end: without colours, and
/// of a line that was overwritten the last state.
pub fn printed(line: &str) -> String {
    let plain = console::strip_ansi_codes(line);
    let last = plain.rsplit('\r').find(|part| !part.is_empty()).unwrap_or_default();
    visible(last).into_owned()
}

/// Controls, and the marks that turn the direction of what follows.
fn obeyed(c: char) -> bool {
    let turns =
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || (c.is_control() && !matches!(c, '\n' | '\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_shown_and_nothing_else_changes() {
        assert!(matches!(visible("Tested?\n\tännü ✓"), Cow::Borrowed(_)));
        assert_eq!(visible("a\u{1b}[2Jb\u{7}\r\nc\u{9b}d"), "a\\u{1b}[2Jb\\u{7}\nc\\u{9b}d");
        assert_eq!(visible("ok\rno"), "ok\\rno", "nothing is overwritten");
        assert_eq!(visible("x\u{202e}y"), "x\\u{202e}y");
    }

    #[test]
    fn a_printed_line_is_what_it_came_to() {
        assert_eq!(printed("\u{1b}[32mok\u{1b}[0m"), "ok");
        assert_eq!(printed("10 %\r20 %\r"), "20 %");
        assert_eq!(printed("\u{1b}]0;title\u{7}x"), "x");
        assert_eq!(printed("\u{8}x"), "\\u{8}x");
    }
}

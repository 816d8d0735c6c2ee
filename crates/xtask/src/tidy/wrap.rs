//! Breaks comment lines that are too long, which rustfmt leaves alone, as a person would: at the
//! last blank that fits, the rest joining the paragraph's next line. Tables, headings and examples
//! stay as they are. It must not touch code or strings.

use super::columns::COLUMNS_MAX;
use super::rust_text;

/// Returns the text with its long comment lines broken, or `None` if there is nothing to do.
pub fn wrap(text: &str) -> Option<String> {
    let comments = rust_text::split(text).comments;
    let is_comment: Vec<bool> =
        comments.lines().map(|line| line.trim_start().starts_with("//")).collect();
    // The lines still to be written, the next one last.
    let mut waiting: Vec<(String, bool)> =
        text.lines().map(str::to_owned).zip(is_comment).collect();
    waiting.reverse();
    let (mut lines, mut changed, mut fenced) = (Vec::new(), false, false);
    while let Some((line, comment)) = waiting.pop() {
        let Some(parts) = comment.then(|| Parts::of(&line)).flatten() else {
            fenced = false;
            lines.push(line);
            continue;
        };
        fenced ^= parts.text.starts_with("```");
        let cut = if fenced || parts.stays() { None } else { cut(&line, &parts) };
        let Some((head, rest)) = cut else {
            lines.push(line);
            continue;
        };
        let next = waiting.last().filter(|(_, comment)| *comment);
        let next = next.and_then(|(next, _)| Parts::of(next));
        let joined = match next.filter(|next| parts.goes_on_in(next)) {
            Some(next) => Some(format!("{rest} {}", next.text)),
            None => None,
        };
        if joined.is_some() {
            waiting.pop();
        }
        let below = format!("{}{}", parts.continuation(), joined.unwrap_or(rest));
        waiting.push((below, true));
        lines.push(head);
        changed = true;
    }
    let end = if text.ends_with('\n') { "\n" } else { "" };
    changed.then(|| lines.join("\n") + end)
}

/// A comment line in parts.
struct Parts {
    /// Blanks and slashes.
    marker: String,
    /// Blanks after them.
    indent: usize,
    /// A list's bullet with its blank; empty for a paragraph.
    bullet: usize,
    /// What is said.
    text: String,
}

impl Parts {
    /// Takes a line apart; `None` where code stands before the comment.
    fn of(line: &str) -> Option<Self> {
        let blanks = line.len() - line.trim_start().len();
        let said = line.trim_start().trim_start_matches('/');
        let said = said.strip_prefix('!').unwrap_or(said);
        let marker = &line[..line.len() - said.len()];
        if marker.len() < blanks + 2 {
            return None;
        }
        let text = said.trim();
        let number = text.trim_start_matches(|c: char| c.is_ascii_digit());
        let bullet = match () {
            () if text.starts_with("- ") || text.starts_with("* ") => 2,
            () if number.len() < text.len() && number.starts_with(". ") => {
                text.len() - number.len() + 2
            }
            () => 0,
        };
        let indent = said.len() - said.trim_start().len();
        Some(Self { marker: marker.to_owned(), indent, bullet, text: text.to_owned() })
    }

    /// Says whether the line's form is its meaning.
    fn stays(&self) -> bool {
        self.text.starts_with(['|', '#']) || self.text.starts_with("```") || self.indent >= 4
    }

    /// Returns what stands before the rest of a broken line.
    fn continuation(&self) -> String {
        format!("{}{}", self.marker, " ".repeat(self.indent + self.bullet))
    }

    /// Says whether the next line is of the same paragraph.
    fn goes_on_in(&self, next: &Self) -> bool {
        let same = next.marker == self.marker && next.indent == self.indent + self.bullet;
        same && next.bullet == 0 && !next.text.is_empty() && !next.stays()
    }
}

/// Cuts a line that is too long at the last blank that fits.
fn cut(line: &str, parts: &Parts) -> Option<(String, String)> {
    let end = line.char_indices().nth(COLUMNS_MAX).map(|(end, _)| end)?;
    let begin = parts.marker.len() + parts.indent + parts.bullet;
    // The blank itself may be the first character that does not fit.
    let end = end + usize::from(line[end..].starts_with(' '));
    let blank = line[..end].rfind(' ').filter(|blank| *blank > begin)?;
    Some((line[..blank].trim_end().to_owned(), line[blank..].trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(count: usize) -> String {
        vec!["word"; count].join(" ")
    }

    #[test]
    fn a_paragraph_flows_on_and_ends_where_it_ended() {
        let text = format!("    /// {}\n    /// {}\n    fn f() {{}}\n", words(22), words(3));
        let wrapped = wrap(&text).unwrap();
        let expected = format!("    /// {}\n    /// {}\n    fn f() {{}}\n", words(18), words(7));
        assert_eq!(wrapped, expected);
        assert_eq!(wrap(&wrapped), None);
    }

    #[test]
    fn lists_keep_their_shape() {
        let text = format!("//! - {}\n//! - next\n//!\n//! 1. {}\n", words(21), words(20));
        let wrapped = wrap(&text).unwrap();
        let lines: Vec<&str> = wrapped.lines().collect();
        assert_eq!(lines[1], format!("//!   {}", words(2)));
        assert_eq!(lines[2], "//! - next");
        assert_eq!(lines[5], format!("//!    {}", words(2)));
    }

    #[test]
    fn tables_examples_strings_and_code_stay() {
        let long = words(30);
        for text in [
            format!("//! | {long} |\n"),
            format!("//! ```text\n//! {long}\n//! ```\n"),
            format!("const X: &str = \"\n// {long}\n\";\n"),
            format!("let x = \"{long}\"; // {long}\n"),
            format!("// {}\n", "x".repeat(120)),
            format!("// {}\n", "ä".repeat(101)),
        ] {
            assert_eq!(wrap(&text), None, "{text}");
        }
    }
}

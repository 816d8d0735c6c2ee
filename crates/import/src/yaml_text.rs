//! Texts as YAML writes them: quoted where they must be, on one line or as a block, and comments
//! that never break a line of their own.

use std::fmt::Write as _;

/// Width of comments.
const COLUMNS: usize = 100;

/// Words that YAML, or an older reader of it, takes for something else than a text.
const NOT_TEXTS: [&str; 11] =
    ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"];

/// A text as a scalar on one line.
pub fn scalar(text: &str) -> String {
    if is_plain(text) || is_span(text) { text.to_owned() } else { quoted(text) }
}

/// Whether it stays a text without quotes, inside braces too.
fn is_plain(text: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || " _-./+()".contains(c);
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric() || "./_+)".contains(c))
        && text.chars().all(inside)
        && !NOT_TEXTS.contains(&text.to_ascii_lowercase().as_str())
}

/// Whether it is a span of time: `30s`, `5m`, `6h`.
fn is_span(text: &str) -> bool {
    let digits = text.strip_suffix(['s', 'm', 'h', 'd']).unwrap_or_default();
    (1..=9).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// A text between double quotes.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if is_shown(c) => out.push(c),
            c => {
                let code = u32::from(c);
                let _ = match code {
                    0..=0xFF => write!(out, "\\x{code:02x}"),
                    0x100..=0xFFFF => write!(out, "\\u{code:04x}"),
                    _ => write!(out, "\\U{code:08x}"),
                };
            }
        }
    }
    out.push('"');
    out
}

/// Whether YAML allows a character as it is, and no reader takes it for the end of a line.
fn is_shown(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Lines of a block (`|`) that give back this text, where one can.
pub fn block(text: &str) -> Option<Vec<&str>> {
    let body = text.strip_suffix('\n')?;
    let shown = |line: &&str| line.chars().all(|c| c == '\t' || is_shown(c));
    let lines: Vec<&str> = body.split('\n').collect();
    let first = lines.first()?;
    let whole = lines.iter().all(shown)
        && !first.starts_with([' ', '\t'])
        && !first.is_empty()
        && lines.last().is_some_and(|line| !line.trim().is_empty());
    whole.then_some(lines)
}

/// Comments that say this, none wider than a screen where a blank allows it.
pub fn comments(indent: usize, text: &str) -> Vec<String> {
    let text: String =
        text.chars().map(|c| if is_shown(c) || c == '\n' { c } else { ' ' }).collect();
    let mut lines = Vec::new();
    for paragraph in text.split('\n').filter(|line| !line.trim().is_empty()) {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            let wide = indent + 2 + line.chars().count() + 1 + word.chars().count() > COLUMNS;
            if wide && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines.into_iter().map(|line| format!("{:indent$}# {line}", "")).collect()
}

/// A text of the source in which `${{` is no expression.
pub fn escaped(text: &str) -> String {
    text.replace("${{", "${{ '${{' }}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stays_a_text_goes_without_quotes() {
        for plain in ["Stop prod2", "azure.sql.copy_database", "a-b (c)"] {
            assert_eq!(scalar(plain), plain);
        }
        for text in ["yes", "1.2", "a: b", "a #b", "", " a", "- a", "a, b", "On", "x\u{7}", "é"] {
            assert!(scalar(text).starts_with('"'), "{text}");
        }
        assert_eq!(scalar("a\"b\\\n\u{85}\u{1f600}"), "\"a\\\"b\\\\\\n\\x85\u{1f600}\"");
    }

    #[test]
    fn comments_never_leave_their_lines() {
        let all = comments(2, "one\u{85}two\u{2028}three\nfour\t\u{7}");
        assert_eq!(all, ["  # one two three", "  # four"]);
    }
}

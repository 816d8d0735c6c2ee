//! Findings as text: with the line, a caret below it, and what to write instead. Colours on demand
//! only.

use crate::diagnostic::{Diagnostic, Severity};
use std::fmt::Write;

/// Columns of source shown to the left and right of the place in a long line: one terminal line.
const SHOWN_COLUMNS: usize = 100;

/// As plain text.
pub fn render_plain(list: &[Diagnostic]) -> String {
    render(list, &Style { bold: "", red: "", yellow: "", blue: "", off: "" })
}

/// With the colours of a terminal.
pub fn render_fancy(list: &[Diagnostic]) -> String {
    let style = Style {
        bold: "\u{1b}[1m",
        red: "\u{1b}[1;31m",
        yellow: "\u{1b}[1;33m",
        blue: "\u{1b}[1;34m",
        off: "\u{1b}[0m",
    };
    render(list, &style)
}

/// As JSON, one array.
pub fn render_json(list: &[Diagnostic]) -> serde_json::Value {
    serde_json::to_value(list).unwrap_or_default()
}

struct Style {
    bold: &'static str,
    red: &'static str,
    yellow: &'static str,
    blue: &'static str,
    off: &'static str,
}

fn render(list: &[Diagnostic], style: &Style) -> String {
    let mut out = String::new();
    for found in list {
        // writing into a String cannot fail
        let _ = one(&mut out, found, style);
    }
    let count = |severity| list.iter().filter(|found| found.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    if errors + warnings > 0 {
        let _ = writeln!(out, "{}, {}", plural(errors, "error"), plural(warnings, "warning"));
    }
    out
}

fn one(out: &mut String, found: &Diagnostic, style: &Style) -> std::fmt::Result {
    let Style { bold, red, yellow, blue, off } = style;
    let (word, colour) = match found.severity {
        Severity::Error => ("error", red),
        Severity::Warning => ("warning", yellow),
    };
    let message = printable(&found.message);
    writeln!(out, "{colour}{word}[{}]{off}{bold}: {message}{off}", found.code)?;
    let gutter = found.line.to_string().len().max(1);
    if found.line > 0 {
        let Diagnostic { file, line, column, .. } = found;
        writeln!(out, "{:gutter$}{blue}-->{off} {file}:{line}:{column}", "")?;
        let (text, before, width) = window(found);
        writeln!(out, "{:gutter$} {blue}|{off}", "")?;
        writeln!(out, "{blue}{line} |{off} {text}")?;
        writeln!(out, "{:gutter$} {blue}|{off} {before}{colour}{}{off}", "", "^".repeat(width))?;
    }
    for help in &found.help {
        writeln!(out, "{:gutter$} {blue}={off} help: {}", "", printable(help))?;
    }
    writeln!(out)
}

/// A text of a file without what a terminal would obey.
fn printable(text: &str) -> String {
    let shown = |c: char| if c.is_control() && c != '\n' { char::REPLACEMENT_CHARACTER } else { c };
    text.chars().map(shown).collect()
}

/// The shown part of the line, the blanks before the caret, and the caret's width.
fn window(found: &Diagnostic) -> (String, String, usize) {
    let printable = |c: char| if c == '\t' || c.is_control() { ' ' } else { c };
    let line: Vec<char> = found.source_line.chars().map(printable).collect();
    let column = (found.column as usize).saturating_sub(1).min(line.len());
    let from =
        if line.len() > SHOWN_COLUMNS { column.saturating_sub(SHOWN_COLUMNS / 2) } else { 0 };
    let to = line.len().min(from + SHOWN_COLUMNS);
    let text: String = line[from..to].iter().collect();
    let bytes = found.span.1.saturating_sub(found.span.0);
    let rest = found.source_line.chars().skip(column);
    let mut width = 0;
    let mut taken = 0;
    for c in rest {
        taken += c.len_utf8();
        if taken > bytes || from + width >= to {
            break;
        }
        width += 1;
    }
    let before = " ".repeat(column - from);
    (text.trim_end().to_owned(), before, width.clamp(1, SHOWN_COLUMNS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Findings;
    use crate::source::{SourceText, Span};
    use std::sync::Arc;

    #[test]
    fn the_caret_stands_below_the_piece() {
        let source = Arc::new(SourceText::new("w.yaml", "name: x\nstepz: []\n"));
        let mut findings = Findings::new(source);
        findings.error("unknown_key", Span::new(8, 13), "no `stepz`").help("write `steps`");
        let expected = "error[unknown_key]: no `stepz`\n --> w.yaml:2:1\n  |\n2 | stepz: []\n  | \
            ^^^^^\n  = help: write `steps`\n\n1 error, 0 warnings\n";
        assert_eq!(render_plain(&findings.list), expected);
        assert!(render_fancy(&findings.list).contains("\u{1b}[1;31m^^^^^"));
    }

    #[test]
    fn a_terminal_is_not_told_what_a_file_says() {
        let source = Arc::new(SourceText::new("w.yaml", "name: a\u{1b}[2Jb\n"));
        let mut findings = Findings::new(source);
        let at = Span::new(6, 12);
        findings.error("x", at, "`a\u{1b}[2Jb` is no name").help("not \u{9b}2J");
        let said = render_plain(&findings.finish());
        assert!(said.contains("`a\u{fffd}[2Jb` is no name"), "{said}");
        assert!(said.chars().all(|c| c == '\n' || !c.is_control()), "{said:?}");
    }
}

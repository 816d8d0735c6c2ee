//! What is wrong with a file, where, and what to write instead. It knows no terminal.

use crate::source::{SourceText, Span};
use serde::Serialize;
use std::sync::Arc;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Nothing is started.
    Error,
    /// Worth a look; `check` stays at exit code 0.
    Warning,
}

/// One finding. It carries its line, so that it can be shown without the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// A stable word to branch on.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// The file as the user named it; empty where the finding belongs to none (an input on the
    /// command line).
    pub file: String,
    /// Line, from 1; 0 where there is no place.
    pub line: u32,
    /// Character in the line, from 1; 0 where there is no place.
    pub column: u32,
    /// First byte and the byte after the last one.
    pub span: (usize, usize),
    /// The line's text.
    pub source_line: String,
    /// What to write or do instead.
    pub help: Vec<String>,
    /// An action of a plug-in that the catalog does not know: whoever checks can look for it and
    /// check again.
    #[serde(skip)]
    pub wants: Option<String>,
}

impl Diagnostic {
    /// A finding without a place.
    pub fn unplaced(severity: Severity, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity,
            code,
            message: message.into(),
            file: String::new(),
            line: 0,
            column: 0,
            span: (0, 0),
            source_line: String::new(),
            help: Vec::new(),
            wants: None,
        }
    }

    /// Adds what to do instead.
    pub fn help(&mut self, help: impl Into<String>) -> &mut Self {
        let help = help.into();
        if !help.is_empty() {
            self.help.push(help);
        }
        self
    }
}

/// Longest source line kept with a finding, in characters; the rest of a longer one tells nothing.
const LINE_CHARS_MAX: usize = 400;

/// Findings kept for one file. Beyond that the first ones are what a reader wants.
pub const FINDINGS_MAX: usize = 200;

/// The findings of one file while it is read.
#[derive(Clone, Debug)]
pub struct Findings {
    /// The file.
    pub source: Arc<SourceText>,
    /// So far.
    pub list: Vec<Diagnostic>,
    hidden: Vec<Span>,
}

impl Findings {
    /// None yet.
    pub fn new(source: Arc<SourceText>) -> Self {
        Self { source, list: Vec::new(), hidden: Vec::new() }
    }

    /// Adds an error.
    pub fn error(
        &mut self,
        code: &'static str,
        at: Span,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.add(Severity::Error, code, at, message.into())
    }

    /// Adds a warning.
    pub fn warning(
        &mut self,
        code: &'static str,
        at: Span,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.add(Severity::Warning, code, at, message.into())
    }

    /// Whether nothing may be started.
    pub fn has_errors(&self) -> bool {
        has_errors(&self.list)
    }

    /// Keeps a piece that may be a secret out of the lines that findings show.
    pub fn hide(&mut self, piece: Span) {
        self.hidden.push(piece);
    }

    /// Whether a piece is kept out already.
    pub fn is_hidden(&self, piece: Span) -> bool {
        self.hidden.contains(&piece)
    }

    /// The findings, with hidden pieces blacked out wherever they would be shown.
    pub fn finish(mut self) -> Vec<Diagnostic> {
        for piece in &self.hidden {
            let (first, last) = (self.source.place(piece.start), self.source.place(piece.end));
            let text = self.source.slice(*piece);
            for found in &mut self.list {
                if (first.line..=last.line).contains(&found.line) {
                    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
                    for line in lines {
                        found.source_line = found.source_line.replace(line, &black(line));
                        found.message = found.message.replace(line, HIDDEN);
                    }
                }
            }
        }
        self.list
    }

    fn add(
        &mut self,
        severity: Severity,
        code: &'static str,
        at: Span,
        message: String,
    ) -> &mut Diagnostic {
        let place = self.source.place(at.start);
        let found = Diagnostic {
            file: self.source.file.clone(),
            line: place.line,
            column: place.column,
            span: (at.start, at.end),
            source_line: self.source.line(place.line).chars().take(LINE_CHARS_MAX).collect(),
            ..Diagnostic::unplaced(severity, code, message)
        };
        self.list.push(found);
        let last = self.list.len() - 1;
        &mut self.list[last]
    }
}

/// What stands in a message for what may be a secret.
const HIDDEN: &str = "(hidden)";

/// As long as the text, so that carets stay where they are.
fn black(text: &str) -> String {
    "*".repeat(text.chars().count())
}

/// Whether one of them is an error.
pub fn has_errors(list: &[Diagnostic]) -> bool {
    list.iter().any(|found| found.severity == Severity::Error)
}

/// Puts findings into the order of the files, drops those said twice, and keeps as many as one can
/// read.
pub fn in_order(mut list: Vec<Diagnostic>) -> Vec<Diagnostic> {
    list.sort_by(|a, b| {
        (&a.file, a.span, a.severity, a.code, &a.message)
            .cmp(&(&b.file, b.span, b.severity, b.code, &b.message))
    });
    list.dedup();
    let dropped = list.len().saturating_sub(FINDINGS_MAX);
    list.truncate(FINDINGS_MAX);
    if dropped > 0 {
        let message = format!("{dropped} more findings are not shown; mend these first");
        list.push(Diagnostic::unplaced(Severity::Error, "too_many_findings", message));
    }
    list
}

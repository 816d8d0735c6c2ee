//! A finding with its place, whoever found it.

use crate::proof;
use std::path::Path;
use windlass_prover::Story;
use windlass_spec::Diagnostic;
use windlass_spec::diagnostic::Severity;

/// A finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Whether it is an error, in place of a warning.
    pub error: bool,
    /// A stable word to branch on.
    pub code: String,
    /// What is wrong, and what to do.
    pub message: String,
    /// The file, as the user named it; empty where it belongs to none.
    pub file: String,
    /// Its line and column, from 1; 0 where there is no place.
    pub at: (u32, u32),
}

/// What the check of a file found.
pub fn of_diagnostic(one: &Diagnostic) -> Finding {
    let lines = std::iter::once(one.message.clone()).chain(one.help.iter().cloned());
    Finding {
        error: one.severity == Severity::Error,
        code: one.code.to_owned(),
        message: lines.collect::<Vec<_>>().join("\n"),
        file: one.file.clone(),
        at: (one.line, one.column),
    }
}

/// What the proof found: it stands where the last step of its story does.
pub fn of_story(story: &Story, file: &Path) -> Finding {
    let mut lines = vec![format!("{} can be broken:", story.broken)];
    lines.extend(proof::story(story));
    lines.extend(story.cure.clone());
    let last = story.places.last();
    let named = last.and_then(|place| place.file.clone());
    let code = story.broken.split(' ').next().unwrap_or_default();
    Finding {
        error: true,
        code: code.to_owned(),
        message: lines.join("\n"),
        file: named.unwrap_or_else(|| file.display().to_string()),
        at: (last.map_or(0, |place| place.line), 1),
    }
}

/// What the proof does not know, since there was too much to look at.
pub fn of_not_proved(name: &str, bound: usize, file: &Path) -> Finding {
    Finding {
        error: true,
        code: name.split(' ').next().unwrap_or_default().to_owned(),
        message: format!("{name} is not proved beyond {bound} states"),
        file: file.display().to_string(),
        at: (1, 1),
    }
}

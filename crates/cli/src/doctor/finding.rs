//! What a look at one part of the installation found. It must not know any part.

use serde::Serialize;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// As it should be.
    Fine,
    /// Worth knowing; nothing has to be done.
    Note,
    /// Must be mended.
    Wrong,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// Which part, in a word.
    pub part: &'static str,
    /// What was found, in a sentence.
    pub says: String,
    /// How to mend it, a line each; empty where nothing is to be done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mend: Vec<String>,
}

impl Finding {
    /// As it should be.
    pub fn fine(part: &'static str, says: impl Into<String>) -> Self {
        Self { level: Level::Fine, part, says: says.into(), mend: Vec::new() }
    }

    /// Worth knowing.
    pub fn note(part: &'static str, says: impl Into<String>) -> Self {
        Self { level: Level::Note, ..Self::fine(part, says) }
    }

    /// Must be mended.
    pub fn wrong(part: &'static str, says: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { level: Level::Wrong, mend: vec![mend.into()], ..Self::fine(part, says) }
    }

    /// The same with one more line of what to do.
    #[must_use]
    pub fn mend(mut self, line: impl Into<String>) -> Self {
        self.mend.push(line.into());
        self
    }

    /// As lines for a human.
    pub fn lines(&self) -> String {
        let word = match self.level {
            Level::Fine => "fine ",
            Level::Note => "note ",
            Level::Wrong => "WRONG",
        };
        let mut out = format!("{word}  {:10} {}", self.part, self.says);
        for line in &self.mend {
            out.push_str(&format!("\n       {:10} -> {line}", ""));
        }
        out
    }
}

//! What went wrong with a command: a kind that chooses the exit code, the error, and what to do.
//! It must not know any verb.

use crate::exit_code::ExitCode;
use std::fmt;
use windlass_engine::{EngineError, LoadError};
use windlass_ports::StoreError;

/// Which exit code an error means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The command line asks for something that does not exist or does not fit.
    Usage,
    /// A file is wrong.
    Invalid,
    /// The work could not be done.
    Failed,
    /// The store is away.
    Store,
    /// A rule of our own was broken.
    Bug,
}

/// An error for a human: what was wrong, and hints that lead on.
#[derive(Debug)]
pub struct CommandError {
    /// Chooses the exit code.
    pub kind: ErrorKind,
    /// What was wrong, with its causes.
    pub error: anyhow::Error,
    /// What to do next, a line each.
    pub hints: Vec<String>,
}

/// What a verb gives.
pub type Outcome<T = ExitCode> = Result<T, CommandError>;

impl CommandError {
    /// An error of a kind.
    pub fn new(kind: ErrorKind, error: impl Into<anyhow::Error>) -> Self {
        Self { kind, error: error.into(), hints: Vec::new() }
    }

    /// Wrong use, in a sentence.
    pub fn usage(message: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Usage, anyhow::anyhow!("{message}"))
    }

    /// Work that could not be done, in a sentence.
    pub fn failed(message: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Failed, anyhow::anyhow!("{message}"))
    }

    /// The same with one more hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The exit code.
    pub fn exit_code(&self) -> ExitCode {
        match self.kind {
            ErrorKind::Usage => ExitCode::Usage,
            ErrorKind::Invalid => ExitCode::Invalid,
            ErrorKind::Failed => ExitCode::Failed,
            ErrorKind::Store => ExitCode::StoreAway,
            ErrorKind::Bug => ExitCode::Bug,
        }
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", told_once(&self.error))?;
        self.hints.iter().try_for_each(|hint| write!(f, "\n  hint: {hint}"))
    }
}

/// An error with its causes. A message that holds its cause already says it once.
fn told_once(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |said, cause| {
        match (said.is_empty(), said.contains(&cause)) {
            (true, _) => cause,
            (_, true) => said,
            _ => format!("{said}: {cause}"),
        }
    })
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        let kind = match &error {
            StoreError::NoSuchRun(_) => ErrorKind::Usage,
            StoreError::Refused(_) => ErrorKind::Failed,
            StoreError::Unavailable(_) | StoreError::Corrupt(_) | StoreError::NoRoom { .. } => {
                ErrorKind::Store
            }
        };
        let full = matches!(error, StoreError::NoRoom { .. });
        let error = Self::new(kind, error);
        match full {
            true => error
                .hint("make room there; `windlass prune` removes ended runs")
                .hint("or move the store's folder, and name it with --store or WINDLASS_STORE"),
            false => error,
        }
    }
}

impl From<LoadError> for CommandError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Store(error) => error.into(),
            error @ LoadError::Illegal { .. } => Self::new(ErrorKind::Bug, error),
            error => Self::new(ErrorKind::Store, error),
        }
    }
}

impl From<EngineError> for CommandError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Store(error) => error.into(),
            EngineError::Load(error) => error.into(),
            error @ EngineError::Workflow(_) => Self::new(ErrorKind::Bug, error),
            error => Self::new(ErrorKind::Failed, error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_said_once() {
        let cause = || std::io::Error::other("no space");
        let held = anyhow::Error::new(cause()).context("failed to open it: no space; make room");
        assert_eq!(told_once(&held), "failed to open it: no space; make room");
        let apart = anyhow::Error::new(cause()).context("failed to open it");
        assert_eq!(told_once(&apart), "failed to open it: no space");
    }
}

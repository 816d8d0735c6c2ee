//! Secrets by name. Where they come from is the implementation's affair.

use crate::future::BoxFuture;
use std::fmt;
use zeroize::Zeroizing;

/// A text that never prints and never serializes; wiped when dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a text into custody.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

/// A secret could not be had.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SecretError {
    /// No source of that name.
    #[error("failed to find the secret `{0}`: name it under `secrets:` in the environment file")]
    Unknown(String),
    /// The source does not answer.
    #[error("failed to read the secret `{name}` from {source_text}: {why}")]
    Unreadable {
        /// The secret's name.
        name: String,
        /// Its source as the environment file says, for example `env:SQL_PASSWORD`.
        source_text: String,
        /// What went wrong.
        why: String,
    },
}

/// Finds secrets by the name that the environment file gives them.
pub trait Secrets: Send + Sync {
    /// The secret of this name.
    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Secret, SecretError>>;
}

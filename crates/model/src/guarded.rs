//! A value that must not be seen: captured previous state and handles of remote operations.
//!
//! It knows no cipher. In memory it is clear; written out it is either sealed by whoever holds the
//! key, or a fixed word, so that a forgotten seal loses a value in a test instead of a password in
//! a log.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// What a clear value is written as where nobody sealed it.
pub const REDACTED: &str = "(redacted)";

/// A value kept from logs, histories and errors.
#[derive(Clone, PartialEq)]
pub enum Guarded {
    /// Readable: in the process that captured it, or after unsealing.
    Clear(Value),
    /// Encrypted text as it lies in the store.
    Sealed(String),
}

impl Guarded {
    /// The clear value, where it is clear.
    pub fn clear(&self) -> Option<&Value> {
        match self {
            Self::Clear(value) => Some(value),
            Self::Sealed(_) => None,
        }
    }
}

impl fmt::Debug for Guarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Clear(_) => "Clear(redacted)",
            Self::Sealed(_) => "Sealed",
        })
    }
}

#[derive(Serialize, Deserialize)]
struct SealedForm {
    sealed: String,
}

impl Serialize for Guarded {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Clear(_) => s.serialize_str(REDACTED),
            Self::Sealed(text) => SealedForm { sealed: text.clone() }.serialize(s),
        }
    }
}

impl<'de> Deserialize<'de> for Guarded {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let form = SealedForm::deserialize(d)?;
        Ok(Self::Sealed(form.sealed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clear_value_never_prints_or_serializes() {
        let guarded = Guarded::Clear(serde_json::json!({"value": "Password=canary"}));
        assert!(!format!("{guarded:?}").contains("canary"));
        assert_eq!(serde_json::to_string(&guarded).unwrap(), "\"(redacted)\"");
    }
}

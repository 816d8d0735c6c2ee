//! Short words for the ways in which a call ends badly. It must not know any action.

use windlass_model::Failure;
use windlass_ports::{ActionError, Outcome};

/// Trying again will not mend it.
pub fn permanent<T>(code: &str, message: impl Into<String>) -> Outcome<T> {
    Err(ActionError::Permanent(Failure::permanent(code, message)))
}

/// It may pass; nothing was done.
pub fn transient<T>(code: &str, message: impl Into<String>) -> Outcome<T> {
    Err(ActionError::Transient(Failure::transient(code, message)))
}

/// It may or may not have been done.
pub fn in_doubt<T>(why: impl Into<String>) -> Outcome<T> {
    Err(ActionError::InDoubt(why.into()))
}

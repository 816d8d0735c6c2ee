//! The few ways in which an action of this family says no by itself. It must not know any action.

use windlass_model::Failure;
use windlass_ports::typed::TypedAttempt;
use windlass_ports::{ActionError, Outcome, TypedAction};

/// What waiting does not mend.
pub fn permanent<T>(code: &str, message: impl Into<String>) -> Outcome<T> {
    Err(ActionError::Permanent(Failure::permanent(code, message)))
}

/// What may pass.
pub fn transient<T>(code: &str, message: impl Into<String>) -> Outcome<T> {
    Err(ActionError::Transient(Failure::transient(code, message)))
}

/// An answer whose shape is not the known one.
pub fn unreadable<T>(what: &str) -> Outcome<T> {
    permanent("unknown_shape", format!("failed to {what}: the answer has an unknown shape"))
}

/// What a write answers in an unknown shape: it may have acted.
pub fn odd_answer<T>(what: &str) -> Outcome<T> {
    Err(ActionError::InDoubt(format!("failed to {what}: the answer has an unknown shape")))
}

/// What was captured before the attempt.
pub fn captured<'a, A: TypedAction>(attempt: &'a TypedAttempt<'_, A>) -> Outcome<&'a A::Captured> {
    match &attempt.captured {
        Some(before) => Ok(before),
        None => permanent("no_capture", "failed to find in the history what was before"),
    }
}

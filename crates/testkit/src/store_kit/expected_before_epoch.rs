//! A stale writer that also lost its lease hears of the conflict first: its own lost
//! acknowledgement shows so.

use super::subject::{NOON, Subject};
use windlass_ports::AppendError;

/// Runs the case.
pub async fn check(subject: Subject) {
    let old = subject.leased(1).await;
    assert_eq!(subject.append(&old, 0, 1).await, Ok(1));
    let new = subject.lease(old.run, "new", NOON, Some(old.epoch)).await.expect("displaced");
    let conflict = AppendError::Conflict { expected: 0, actual: 1 };
    assert_eq!(subject.append(&old, 0, 1).await, Err(conflict));
    let lost = AppendError::LeaseLost { current: new.epoch };
    assert_eq!(subject.append(&old, 1, 1).await, Err(lost));
}

//! A writer that knows too little or too much is told where the run is, and writes nothing.

use super::subject::Subject;
use windlass_ports::AppendError;

/// Runs the case.
pub async fn check(subject: Subject) {
    let lease = subject.leased(1).await;
    assert_eq!(subject.append(&lease, 0, 2).await, Ok(2));
    for expected in [0, 1, 3, u64::MAX - 9] {
        let conflict = AppendError::Conflict { expected, actual: 2 };
        assert_eq!(subject.append(&lease, expected, 1).await, Err(conflict));
    }
    assert_eq!(subject.events(lease.run, 0).await.len(), 2);
    assert_eq!(subject.append(&lease, 2, 1).await, Ok(3));
}

//! A refused append changes nothing at all: no event, no phase, no timer, no signal.

use super::subject::{NOON, Subject, append, signal};
use windlass_model::Phase;
use windlass_ports::store::{Append, RECORD_BYTES_MAX};
use windlass_ports::{AppendError, StoreError};

/// Runs the case.
pub async fn check(subject: Subject) {
    let lease = subject.leased(1).await;
    assert_eq!(subject.append(&lease, 0, 1).await, Ok(1));
    let kept = signal(1);
    subject.post(lease.run, &kept).await.expect("posted");
    let before = subject.store.head(lease.run).await;
    let mut wrong = append(&lease, 0, vec![b"one".to_vec(), b"two".to_vec()]);
    wrong.phase = Phase::Stuck;
    wrong.due = Some(NOON);
    wrong.consumed_signals = vec![kept.id];
    let conflict = AppendError::Conflict { expected: 0, actual: 1 };
    assert_eq!(subject.store.append(wrong.clone()).await, Err(conflict));
    let mut huge = Append { expected: 1, ..wrong.clone() };
    huge.events.push(vec![7; RECORD_BYTES_MAX + 1]);
    let refused = subject.store.append(huge).await;
    assert!(matches!(refused, Err(AppendError::Store(StoreError::Refused(_)))), "{refused:?}");
    assert_eq!(subject.store.head(lease.run).await, before);
    assert_eq!(subject.pending(lease.run).await, [kept.id]);
    assert_eq!(subject.events(lease.run, 0).await.len(), 1);
    let right = Append { expected: 1, ..wrong };
    assert_eq!(subject.store.append(right).await, Ok(3));
    let head = subject.store.head(lease.run).await.expect("the head is read");
    assert_eq!((head.seq, head.phase, head.due), (3, Phase::Stuck, Some(NOON)));
    assert_eq!(subject.pending(lease.run).await, []);
}

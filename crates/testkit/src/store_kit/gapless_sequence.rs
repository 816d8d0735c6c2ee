//! Events are numbered from 1 without a gap, come back as they were, and can be read in slices.

use super::subject::{NOON, Subject, event};

/// Runs the case.
pub async fn check(subject: Subject) {
    let lease = subject.leased(1).await;
    assert_eq!(subject.append(&lease, 0, 1).await, Ok(1));
    assert_eq!(subject.append(&lease, 1, 3).await, Ok(4));
    assert_eq!(subject.append(&lease, 4, 96).await, Ok(100));
    let all = subject.events(lease.run, 0).await;
    let expected: Vec<_> = (1..=100).map(|seq| (seq, event(&lease, seq))).collect();
    assert_eq!(all, expected);
    assert_eq!(subject.events(lease.run, 97).await, expected[97..]);
    assert_eq!(subject.events(lease.run, 100).await, []);
    let slice = subject.store.events(lease.run, 10, 5).await.expect("a slice is read");
    assert_eq!(slice.iter().map(|e| e.seq).collect::<Vec<_>>(), [11, 12, 13, 14, 15]);
    let head = subject.store.head(lease.run).await.expect("the head is read");
    assert_eq!((head.seq, head.updated_at), (100, NOON.after(4)));
}

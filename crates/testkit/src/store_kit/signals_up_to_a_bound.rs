//! A run that nobody drives keeps so many signals and refuses the next, losing none; once they are
//! heard it takes more.

use super::subject::{Subject, append, signal};
use windlass_ports::store::{SIGNALS_PENDING_MAX, StoreError};

/// Runs the case.
pub async fn check(subject: Subject) {
    let lease = subject.leased(1).await;
    let last = SIGNALS_PENDING_MAX as u64;
    for n in 1..=last {
        subject.post(lease.run, &signal(n)).await.expect("posted");
    }
    let refused = subject.post(lease.run, &signal(last + 1)).await;
    assert_eq!(refused, Err(StoreError::too_many_signals(lease.run)));
    subject.post(lease.run, &signal(last)).await.expect("a repeated post is no error");
    let ids: Vec<_> = (1..=last).map(|n| signal(n).id).collect();
    assert_eq!(subject.pending(lease.run).await, ids);
    let mut answer = append(&lease, 0, vec![b"heard".to_vec()]);
    answer.consumed_signals = vec![signal(1).id];
    assert_eq!(subject.store.append(answer).await, Ok(1));
    subject.post(lease.run, &signal(last + 1)).await.expect("there is room for one");
    let refused = subject.post(lease.run, &signal(last + 2)).await;
    assert_eq!(refused, Err(StoreError::too_many_signals(lease.run)));
}

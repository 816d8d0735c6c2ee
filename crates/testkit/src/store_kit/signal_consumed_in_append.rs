//! A signal is gone with the append that answers it and stays with one that is refused; other runs
//! keep theirs.

use super::subject::{Subject, append, signal};
use windlass_ports::Append;

/// Runs the case.
pub async fn check(subject: Subject) {
    let (lease, other) = (subject.leased(1).await, subject.leased(2).await);
    let both = [signal(1), signal(2)];
    for posted in &both {
        subject.post(lease.run, posted).await.expect("posted");
        subject.post(other.run, posted).await.expect("posted");
    }
    let mut answer = append(&lease, 0, vec![b"answer".to_vec()]);
    answer.consumed_signals = vec![both[0].id];
    let stale = Append { epoch: lease.epoch + 1, ..answer.clone() };
    assert!(subject.store.append(stale).await.is_err());
    assert_eq!(subject.pending(lease.run).await, [both[0].id, both[1].id]);
    assert_eq!(subject.store.append(answer).await, Ok(1));
    assert_eq!(subject.pending(lease.run).await, [both[1].id]);
    assert_eq!(subject.pending(other.run).await, [both[0].id, both[1].id]);
    let subject = subject.reopen().await;
    assert_eq!(subject.pending(lease.run).await, [both[1].id]);
}

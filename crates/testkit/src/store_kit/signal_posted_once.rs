//! A signal is kept once for each id, in the order of posting, also when it is posted again after
//! its answer.

use super::subject::{Subject, append, signal};

/// Runs the case.
pub async fn check(subject: Subject) {
    let lease = subject.leased(1).await;
    for n in [3, 1, 2, 1, 3] {
        subject.post(lease.run, &signal(n)).await.expect("posted");
    }
    let ids = [signal(3).id, signal(1).id, signal(2).id];
    assert_eq!(subject.pending(lease.run).await, ids);
    let found = subject.store.pending_signals(lease.run).await.expect("signals are read");
    assert_eq!(found[0].bytes, signal(3).bytes);
    let mut answer = append(&lease, 0, vec![b"answered".to_vec()]);
    answer.consumed_signals = vec![signal(1).id];
    assert_eq!(subject.store.append(answer).await, Ok(1));
    subject.post(lease.run, &signal(1)).await.expect("a repeated post is no error");
    assert_eq!(subject.pending(lease.run).await, [signal(3).id, signal(2).id]);
    let subject = subject.reopen().await;
    subject.post(lease.run, &signal(1)).await.expect("a repeated post is no error");
    subject.post(lease.run, &signal(4)).await.expect("posted");
    let ids = [signal(3).id, signal(2).id, signal(4).id];
    assert_eq!(subject.pending(lease.run).await, ids);
}

//! What was acknowledged is there after a close and a new open: every kind of thing, exactly.

use super::subject::{NOON, Subject, append, signal, workflow_bytes};
use windlass_ports::store::StoredCheckpoint;

/// Runs the case.
pub async fn check(subject: Subject) {
    let lease = subject.leased(1).await;
    assert_eq!(subject.append(&lease, 0, 40).await, Ok(40));
    let mut last = append(&lease, 40, vec![vec![0, 255, 7]]);
    last.due = Some(NOON.after(5));
    assert_eq!(subject.store.append(last).await, Ok(41));
    subject.post(lease.run, &signal(1)).await.expect("posted");
    subject.post(lease.run, &signal(2)).await.expect("posted");
    let checkpoint = StoredCheckpoint { seq: 30, bytes: b"fold".to_vec() };
    subject.store.save_checkpoint(lease.run, checkpoint.clone()).await.expect("kept");
    let other = subject.run(2).await;
    for run in [lease.run, other] {
        subject.store.acquire_lock("qa4".to_owned(), run).await.expect("in the queue");
    }
    let head = subject.store.head(lease.run).await.expect("the head is read");
    let events = subject.events(lease.run, 0).await;
    let lock = subject.store.lock("qa4".to_owned()).await;
    let subject = subject.reopen().await;
    assert_eq!(subject.store.head(lease.run).await, Ok(head.clone()));
    assert_eq!(subject.events(lease.run, 0).await, events);
    assert_eq!(subject.pending(lease.run).await, [signal(1).id, signal(2).id]);
    assert_eq!(subject.store.latest_checkpoint(lease.run).await, Ok(Some(checkpoint)));
    assert_eq!(subject.store.lock("qa4".to_owned()).await, lock);
    assert_eq!(subject.store.lease(lease.run).await, Ok(Some(lease.clone())));
    assert_eq!(subject.store.due(NOON.after(5), 9).await, Ok(vec![lease.run]));
    assert_eq!(subject.store.workflow(head.workflow_digest).await, Ok(workflow_bytes(1)));
    assert_eq!(subject.append(&lease, 41, 1).await, Ok(42), "and goes on from there");
}

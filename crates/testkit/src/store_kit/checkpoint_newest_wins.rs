//! The newest checkpoint is the one that is read, in whatever order they came; one ahead of its run
//! is refused.

use super::subject::Subject;
use windlass_ports::StoreError;
use windlass_ports::store::StoredCheckpoint;

/// Runs the case.
pub async fn check(subject: Subject) {
    let lease = subject.leased(1).await;
    assert_eq!(subject.store.latest_checkpoint(lease.run).await, Ok(None));
    assert_eq!(subject.append(&lease, 0, 9).await, Ok(9));
    for seq in [2, 7, 5] {
        let checkpoint = StoredCheckpoint { seq, bytes: format!("fold {seq}").into_bytes() };
        subject.store.save_checkpoint(lease.run, checkpoint).await.expect("kept");
    }
    let newest = StoredCheckpoint { seq: 7, bytes: b"fold 7".to_vec() };
    assert_eq!(subject.store.latest_checkpoint(lease.run).await, Ok(Some(newest.clone())));
    let ahead = StoredCheckpoint { seq: 10, bytes: Vec::new() };
    let refused = subject.store.save_checkpoint(lease.run, ahead).await;
    assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
    let subject = subject.reopen().await;
    assert_eq!(subject.store.latest_checkpoint(lease.run).await, Ok(Some(newest)));
}

//! A lock is handed past the queue by its holder alone; the new holder leaves the queue.

use super::subject::Subject;
use windlass_model::RunId;
use windlass_ports::StoreError;
use windlass_ports::store::LockState;

/// Runs the case.
pub async fn check(subject: Subject) {
    let lock = || "qa4".to_owned();
    let [a, b, c, d] =
        [subject.run(1).await, subject.run(2).await, subject.run(3).await, subject.run(4).await];
    for run in [a, b, c] {
        subject.store.acquire_lock(lock(), run).await.expect("in the queue");
    }
    let state =
        |holder, queue: &[RunId]| Ok(LockState { holder: Some(holder), queue: queue.to_vec() });
    for stranger in [b, d] {
        let refused = subject.store.hand_lock(lock(), stranger, c).await;
        assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
    }
    assert_eq!(subject.store.lock(lock()).await, state(a, &[b, c]));
    assert_eq!(subject.store.hand_lock(lock(), a, c).await, state(c, &[b]), "from the queue");
    assert_eq!(subject.store.hand_lock(lock(), c, d).await, state(d, &[b]), "from outside");
    let subject = subject.reopen().await;
    assert_eq!(subject.store.lock(lock()).await, state(d, &[b]));
    assert_eq!(subject.store.release_lock(lock(), d).await, state(b, &[]));
}

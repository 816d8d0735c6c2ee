//! A run that is not there is named as such by every call, and leaves nothing behind.

use super::subject::{NOON, PATIENCE_MS, Subject, run_id, signal};
use windlass_ports::store::{Lease, StoredCheckpoint};
use windlass_ports::{AppendError, StoreError};

/// Runs the case.
pub async fn check(subject: Subject) {
    let (run, known) = (run_id(9), subject.run(1).await);
    let lease = Lease { run, owner: "a".to_owned(), epoch: 1, expires: NOON };
    let none = StoreError::NoSuchRun(run);
    let store = &subject.store;
    assert_eq!(store.head(run).await, Err(none.clone()));
    assert_eq!(store.events(run, 0, 9).await, Err(none.clone()));
    assert_eq!(store.wait_events(run, 0, PATIENCE_MS).await, Err(none.clone()));
    let refused = Err(AppendError::Store(none.clone()));
    assert_eq!(subject.append(&lease, 0, 1).await, refused);
    assert_eq!(store.renew_lease(lease.clone()).await, Err(AppendError::Store(none.clone())));
    assert_eq!(store.release_lease(lease).await, Err(none.clone()));
    assert_eq!(store.lease(run).await, Err(none.clone()));
    assert_eq!(subject.post(run, &signal(1)).await, Err(none.clone()));
    assert_eq!(store.pending_signals(run).await, Err(none.clone()));
    let checkpoint = StoredCheckpoint { seq: 0, bytes: Vec::new() };
    assert_eq!(store.save_checkpoint(run, checkpoint).await, Err(none.clone()));
    assert_eq!(store.latest_checkpoint(run).await, Err(none.clone()));
    let lock = || "qa4".to_owned();
    assert_eq!(store.acquire_lock(lock(), run).await, Err(none.clone()));
    assert_eq!(store.release_lock(lock(), run).await, Err(none.clone()));
    store.acquire_lock(lock(), known).await.expect("granted");
    assert_eq!(store.hand_lock(lock(), known, run).await, Err(none));
    let state = store.lock(lock()).await.expect("the lock is read");
    assert_eq!((state.holder, state.queue.len()), (Some(known), 0));
}

//! A lock has one holder and a queue in the order of asking; asking and releasing again change
//! nothing.

use super::subject::Subject;
use windlass_model::RunId;
use windlass_ports::store::LockState;

/// Runs the case.
pub async fn check(subject: Subject) {
    let lock = || "environment:qa4".to_owned();
    let [a, b, c] = [subject.run(1).await, subject.run(2).await, subject.run(3).await];
    assert_eq!(subject.store.lock(lock()).await, Ok(LockState::default()));
    for run in [a, b, a, c, b] {
        subject.store.acquire_lock(lock(), run).await.expect("in the queue");
    }
    let state = |holder, queue: &[RunId]| Ok(LockState { holder, queue: queue.to_vec() });
    assert_eq!(subject.store.lock(lock()).await, state(Some(a), &[b, c]));
    assert_eq!(
        subject.store.acquire_lock("environment:qa5".to_owned(), c).await,
        state(Some(c), &[])
    );
    let subject = subject.reopen().await;
    assert_eq!(
        subject.store.release_lock(lock(), b).await,
        state(Some(a), &[c]),
        "leaves the queue"
    );
    assert_eq!(subject.store.release_lock(lock(), b).await, state(Some(a), &[c]));
    assert_eq!(subject.store.release_lock(lock(), a).await, state(Some(c), &[]));
    assert_eq!(subject.store.release_lock(lock(), a).await, state(Some(c), &[]));
    assert_eq!(subject.store.acquire_lock(lock(), a).await, state(Some(c), &[a]));
    assert_eq!(subject.store.release_lock(lock(), c).await, state(Some(a), &[]));
    assert_eq!(subject.store.release_lock(lock(), a).await, state(None, &[]));
    let subject = subject.reopen().await;
    assert_eq!(subject.store.lock(lock()).await, state(None, &[]));
    assert_eq!(subject.store.lock("environment:qa5".to_owned()).await, state(Some(c), &[]));
}

//! A lease is kept by its owner, held against others until it expires or is displaced, and its
//! epochs only grow.

use super::subject::{NOON, Subject, TTL_MS};

/// Runs the case.
pub async fn check(subject: Subject) {
    let run = subject.run(1).await;
    let first = subject.lease(run, "a", NOON, None).await.expect("free");
    assert_eq!((first.epoch > 0, first.expires), (true, NOON.after(TTL_MS)));
    let again = subject.lease(run, "a", NOON.after(1), None).await.expect("its own");
    assert_eq!((again.epoch, again.expires), (first.epoch, NOON.after(TTL_MS + 1)));
    assert_eq!(subject.lease(run, "b", NOON.after(TTL_MS), None).await, None, "not expired");
    assert_eq!(subject.lease(run, "b", NOON, Some(first.epoch + 7)).await, None, "not that epoch");
    let displaced = subject.lease(run, "b", NOON, Some(first.epoch)).await.expect("displaced");
    assert!(displaced.epoch > first.epoch);
    assert_eq!(subject.lease(run, "a", NOON, Some(first.epoch)).await, None, "an old wish");
    let subject = subject.reopen().await;
    assert_eq!(subject.store.lease(run).await, Ok(Some(displaced.clone())));
    let late = NOON.after(TTL_MS);
    let taken = subject.lease(run, "c", late, None).await.expect("expired");
    assert!(taken.epoch > displaced.epoch);
    let later = late.after(TTL_MS);
    let own = subject.lease(run, "c", later, None).await.expect("its own, but expired");
    assert!(own.epoch > taken.epoch, "after expiry the epoch grows for the same owner too");
}

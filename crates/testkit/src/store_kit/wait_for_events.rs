//! A reader that waits is woken by the append, at once where there is something already, and in
//! time where nothing comes.

use super::subject::{PATIENCE_MS, Subject};

/// Runs the case.
pub async fn check(subject: Subject) {
    let (lease, other) = (subject.leased(1).await, subject.leased(2).await);
    assert_eq!(subject.store.wait_events(lease.run, 0, 20).await, Ok(0), "nothing came");
    let store = subject.store.clone();
    let run = lease.run;
    let waiter = tokio::spawn(async move { store.wait_events(run, 0, PATIENCE_MS).await });
    assert_eq!(subject.append(&other, 0, 1).await, Ok(1));
    assert_eq!(subject.append(&lease, 0, 2).await, Ok(2));
    assert_eq!(waiter.await.expect("the waiter ends"), Ok(2));
    assert_eq!(subject.store.wait_events(run, 1, PATIENCE_MS).await, Ok(2), "at once");
    assert_eq!(subject.store.wait_events(run, 2, 20).await, Ok(2), "nothing came");
}

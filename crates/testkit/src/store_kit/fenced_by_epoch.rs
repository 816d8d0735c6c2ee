//! Only the present lease may append: not an older one, not a future one, not one that was given
//! back.

use super::subject::{NOON, Subject};
use windlass_ports::AppendError;
use windlass_ports::store::Lease;

/// Runs the case.
pub async fn check(subject: Subject) {
    let run = subject.run(1).await;
    let nobody = Lease { run, owner: "nobody".to_owned(), epoch: 0, expires: NOON };
    let refused = Err(AppendError::LeaseLost { current: 0 });
    assert_eq!(subject.append(&nobody, 0, 1).await, refused, "no lease, no append");
    let old = subject.lease(run, "old", NOON, None).await.expect("a free lease");
    assert_eq!(subject.append(&old, 0, 1).await, Ok(1));
    let new = subject.lease(run, "new", NOON, Some(old.epoch)).await.expect("displaced");
    let lost = Err(AppendError::LeaseLost { current: new.epoch });
    assert_eq!(subject.append(&old, 1, 1).await, lost);
    let future = Lease { epoch: new.epoch + 1, ..new.clone() };
    assert_eq!(subject.append(&future, 1, 1).await, lost);
    assert_eq!(subject.append(&new, 1, 1).await, Ok(2));
    subject.store.release_lease(new.clone()).await.expect("released");
    assert_eq!(subject.append(&new, 2, 1).await, lost, "given back is gone");
    let subject = subject.reopen().await;
    assert_eq!(subject.append(&new, 2, 1).await, lost, "and stays gone");
    assert_eq!(subject.events(run, 0).await.len(), 2);
}

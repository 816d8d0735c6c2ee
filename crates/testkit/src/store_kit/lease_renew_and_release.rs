//! Renewing needs the present epoch; a release by anybody else does nothing; epochs grow over
//! releases.

use super::subject::{NOON, Subject, TTL_MS};
use windlass_ports::AppendError;
use windlass_ports::store::Lease;

/// Runs the case.
pub async fn check(subject: Subject) {
    let old = subject.leased(1).await;
    let run = old.run;
    let longer = Lease { expires: old.expires.after(TTL_MS), ..old.clone() };
    assert_eq!(subject.store.renew_lease(longer.clone()).await, Ok(()));
    assert_eq!(subject.store.lease(run).await, Ok(Some(longer.clone())));
    assert_eq!(subject.lease(run, "b", old.expires, None).await, None, "renewed");
    let new = subject.lease(run, "b", longer.expires, None).await.expect("expired");
    let lost = Err(AppendError::LeaseLost { current: new.epoch });
    assert_eq!(subject.store.renew_lease(longer.clone()).await, lost);
    assert_eq!(subject.store.release_lease(longer).await, Ok(()), "does nothing");
    assert_eq!(subject.store.lease(run).await, Ok(Some(new.clone())));
    assert_eq!(subject.store.release_lease(new.clone()).await, Ok(()));
    assert_eq!(subject.store.lease(run).await, Ok(None));
    assert_eq!(subject.store.renew_lease(new.clone()).await, lost, "given back is gone");
    let subject = subject.reopen().await;
    assert_eq!(subject.store.lease(run).await, Ok(None));
    let next = subject.lease(run, "b", NOON, None).await.expect("free");
    assert!(next.epoch > new.epoch, "the epoch was remembered");
}

//! A run that is created with its lease is as if both had been done in turn, also when done again.

use super::subject::{NOON, Subject, TTL_MS, new_run};
use windlass_ports::StoreError;
use windlass_ports::store::{LeaseAnswer, LeaseRequest};

/// Runs the case.
pub async fn check(subject: Subject) {
    let new = new_run(1);
    let run = new.head.run;
    let request = |owner: &str| LeaseRequest {
        run,
        owner: owner.to_owned(),
        now: NOON,
        ttl_ms: TTL_MS,
        displaces: None,
    };
    let first = subject.store.create_leased(new.clone(), request("a")).await;
    let Ok(LeaseAnswer::Granted(lease)) = first else { panic!("{first:?}") };
    assert_eq!(subject.store.head(run).await, Ok(new.head.clone()));
    assert_eq!(subject.append(&lease, 0, 1).await, Ok(1));
    let again = subject.store.create_leased(new.clone(), request("a")).await;
    assert_eq!(again, Ok(LeaseAnswer::Granted(lease.clone())), "its own");
    let other = subject.store.create_leased(new.clone(), request("b")).await;
    assert_eq!(other, Ok(LeaseAnswer::Held(lease.clone())));
    let mut wrong = new.clone();
    wrong.head.environment = "azure".to_owned();
    let refused = subject.store.create_leased(wrong, request("a")).await;
    assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
    let subject = subject.reopen().await;
    assert_eq!(subject.store.lease(run).await, Ok(Some(lease.clone())));
    assert_eq!(subject.append(&lease, 1, 1).await, Ok(2));
}

//! Creating the same run again is fine, also when it has gone on; another one under its id is
//! refused.

use super::subject::{Subject, new_run};
use windlass_ports::StoreError;

/// Runs the case.
pub async fn check(subject: Subject) {
    let new = new_run(1);
    assert_eq!(subject.store.create_run(new.clone()).await, Ok(()));
    assert_eq!(subject.store.create_run(new.clone()).await, Ok(()));
    assert_eq!(subject.store.head(new.head.run).await, Ok(new.head.clone()));
    let lease = subject.leased(1).await;
    assert_eq!(subject.append(&lease, 0, 2).await, Ok(2));
    assert_eq!(subject.store.create_run(new.clone()).await, Ok(()));
    let head = subject.store.head(lease.run).await.expect("the head is read");
    assert_eq!(head.seq, 2, "the run was not begun anew");
    let mut other = new.clone();
    other.head.environment = "azure".to_owned();
    let mut bent = new.clone();
    bent.workflow.push(b'!');
    let mut halfway = new_run(2);
    halfway.head.seq = 1;
    for wrong in [other, bent, halfway] {
        let refused = subject.store.create_run(wrong).await;
        assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
    }
    let digest = new.head.workflow_digest.clone();
    assert_eq!(subject.store.workflow(digest.clone()).await, Ok(new.workflow.clone()));
    let mut twin = new_run(3);
    twin.workflow = new.workflow.clone();
    twin.head.workflow_digest = digest.clone();
    assert_eq!(subject.store.create_run(twin).await, Ok(()), "two runs of one workflow");
    let subject = subject.reopen().await;
    assert_eq!(subject.store.workflow(digest).await, Ok(new.workflow));
}

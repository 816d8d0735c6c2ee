//! A run that was removed can be created again from nothing, with its workflow; removing many rows
//! holds up no other run.

use super::subject::{NOON, Subject, append, new_run, run_id};
use windlass_model::Phase;
use windlass_ports::store::{Append, StoreError};

/// Events of the run that goes: several batches of any store that removes in batches.
const EVENTS: u64 = 1_500;

/// Runs the case.
pub async fn check(subject: Subject) {
    let (long, other) = (subject.leased(1).await, subject.leased(2).await);
    subject.append(&long, 0, EVENTS - 1).await.expect("appended");
    let last = append(&long, EVENTS - 1, vec![b"last".to_vec()]);
    let last = Append { phase: Phase::Cancelled, ..last };
    subject.store.append(last).await.expect("appended");
    let new = new_run(1);
    assert_eq!(subject.store.remove_run(long.run, long.expires).await, Ok(()));
    let digest = new.head.workflow_digest.clone();
    assert!(subject.store.workflow(digest.clone()).await.is_err(), "nobody names it");
    for expected in 0..20 {
        let appended = subject.append(&other, expected, 1).await;
        assert_eq!(appended, Ok(expected + 1));
    }
    // A store may ask for a moment while it still clears what was there.
    while let Err(error) = subject.store.create_run(new.clone()).await {
        assert!(matches!(error, StoreError::Refused(_)), "{error}");
        tokio::task::yield_now().await;
    }
    assert_eq!(subject.store.workflow(digest).await, Ok(new.workflow));
    let again = subject.lease(run_id(1), "second", NOON, None).await.expect("a free lease");
    assert_eq!(subject.append(&again, 0, 2).await, Ok(2));
    let subject = subject.reopen().await;
    assert_eq!(subject.events(again.run, 0).await.len(), 2, "nothing of the old run came back");
    assert_eq!(subject.events(other.run, 0).await.len(), 20);
}

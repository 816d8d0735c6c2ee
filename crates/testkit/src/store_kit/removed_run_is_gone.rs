//! Only a run that has ended, that nobody drives and that no signal waits for, is removed; then
//! nothing of it is left, its lock goes to the next, and what others share with it stays.

use super::subject::{NOON, Subject, append, new_run, run_id, signal};
use windlass_model::{Phase, RunId};
use windlass_ports::store::{Append, LockState, RunFilter, StoreError, StoredCheckpoint};

/// Runs the case.
pub async fn check(subject: Subject) {
    let lock = || "environment:qa4".to_owned();
    let lease = subject.leased(1).await;
    let run = lease.run;
    let mut sharing = new_run(2);
    (sharing.workflow, sharing.head.workflow_digest) =
        (new_run(1).workflow, new_run(1).head.workflow_digest);
    subject.store.create_run(sharing.clone()).await.expect("a run of the same workflow");
    for waiting in [run, run_id(2)] {
        subject.store.acquire_lock(lock(), waiting).await.expect("in the queue");
    }
    subject.post(run, &signal(1)).await.expect("posted");
    let later = lease.expires;
    refused(&subject, run, "has ended").await;
    let ended = Append {
        phase: Phase::Succeeded,
        consumed_signals: vec![signal(1).id],
        ..append(&lease, 0, vec![b"small".to_vec(), vec![7; 9_000], vec![7; 300_000]])
    };
    subject.store.append(ended).await.expect("appended");
    let checkpoint = StoredCheckpoint { seq: 3, bytes: vec![1; 5_000] };
    subject.store.save_checkpoint(run, checkpoint).await.expect("kept");
    assert!(subject.store.remove_run(run, NOON).await.is_err(), "its lease holds");
    subject.post(run, &signal(2)).await.expect("posted");
    refused(&subject, run, "a message waits").await;
    let heard = Append {
        phase: Phase::Succeeded,
        consumed_signals: vec![signal(2).id],
        ..append(&lease, 3, Vec::new())
    };
    subject.store.append(heard).await.expect("consumed");
    assert_eq!(subject.store.remove_run(run, later).await, Ok(()));
    let subject = subject.reopen().await;
    let gone = StoreError::NoSuchRun(run);
    assert_eq!(subject.store.remove_run(run, later).await, Ok(()), "again");
    assert_eq!(subject.store.head(run).await, Err(gone.clone()));
    assert_eq!(subject.store.events(run, 0, 10).await, Err(gone.clone()));
    assert_eq!(subject.store.latest_checkpoint(run).await, Err(gone.clone()));
    assert_eq!(subject.store.pending_signals(run).await, Err(gone.clone()));
    assert_eq!(subject.store.lease(run).await, Err(gone));
    let left = subject.store.runs(RunFilter { limit: 9, ..RunFilter::default() }).await;
    assert_eq!(left.expect("a list").len(), 1);
    let state = LockState { holder: Some(run_id(2)), queue: Vec::new() };
    assert_eq!(subject.store.lock(lock()).await, Ok(state), "the next one has it");
    let kept = subject.store.workflow(sharing.head.workflow_digest).await;
    assert_eq!(kept, Ok(sharing.workflow), "another run names it");
}

async fn refused(subject: &Subject, run: RunId, why: &str) {
    let later = NOON.after(1_000_000);
    match subject.store.remove_run(run, later).await {
        Err(StoreError::Refused(said)) => assert!(said.contains(why), "{said}"),
        other => panic!("{other:?}"),
    }
}

//! A signal wakes who waits for it; what was already told is not told again; nothing is told of
//! nothing.

use super::subject::{PATIENCE_MS, Subject, signal};

/// Runs the case.
pub async fn check(subject: Subject) {
    let (run, other) = (subject.run(1).await, subject.run(2).await);
    let start = subject.store.wakes(0, PATIENCE_MS).await.expect("answers at once");
    assert!(start.cursor > 0 && start.runs.is_empty() && !start.lost, "{start:?}");
    let silent = subject.store.wakes(start.cursor, 20).await.expect("answers in time");
    assert_eq!((silent.cursor, silent.runs.len(), silent.lost), (start.cursor, 0, false));
    let store = subject.store.clone();
    let cursor = start.cursor;
    let waiter = tokio::spawn(async move { store.wakes(cursor, PATIENCE_MS).await });
    subject.post(run, &signal(1)).await.expect("posted");
    let woken = waiter.await.expect("the waiter ends").expect("and is answered");
    assert_eq!((woken.runs, woken.lost), (vec![run], false));
    subject.post(run, &signal(1)).await.expect("posted again, no wake");
    subject.post(other, &signal(2)).await.expect("posted");
    let next = subject.store.wakes(woken.cursor, PATIENCE_MS).await.expect("woken");
    assert_eq!(next.runs, [other]);
    let all = subject.store.wakes(start.cursor, PATIENCE_MS).await.expect("woken");
    assert_eq!((all.runs, all.cursor), (vec![run, other], next.cursor));
    let foreign = subject.store.wakes(next.cursor + 1_000_000, PATIENCE_MS).await;
    assert!(foreign.expect("answers at once").lost, "a cursor of another time is told");
    let subject = subject.reopen().await;
    let now = subject.store.wakes(0, PATIENCE_MS).await.expect("answers at once").cursor;
    if now != next.cursor {
        let old = subject.store.wakes(next.cursor, PATIENCE_MS).await;
        assert!(old.expect("answers at once").lost, "a cursor from before the reopening is told");
    }
}

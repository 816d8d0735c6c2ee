//! Who is granted a lock that it waited for is woken, by a release as by a hand-over.

use super::subject::{PATIENCE_MS, Subject};

/// Runs the case.
pub async fn check(subject: Subject) {
    let runs = [subject.run(1).await, subject.run(2).await, subject.run(3).await];
    for run in runs {
        subject.store.acquire_lock("qa4".to_owned(), run).await.expect("in the queue");
    }
    let cursor = subject.store.wakes(0, PATIENCE_MS).await.expect("answers at once").cursor;
    let store = subject.store.clone();
    let waiter = tokio::spawn(async move { store.wakes(cursor, PATIENCE_MS).await });
    subject.store.release_lock("qa4".to_owned(), runs[0]).await.expect("released");
    let woken = waiter.await.expect("the waiter ends").expect("and is answered");
    assert_eq!(woken.runs, [runs[1]]);
    subject.store.hand_lock("qa4".to_owned(), runs[1], runs[2]).await.expect("handed on");
    let woken = subject.store.wakes(woken.cursor, PATIENCE_MS).await.expect("woken");
    assert_eq!(woken.runs, [runs[2]]);
    subject.store.release_lock("qa4".to_owned(), runs[2]).await.expect("released");
    let silent = subject.store.wakes(woken.cursor, 20).await.expect("answers in time");
    assert_eq!(silent.runs, [], "a release that grants nothing wakes nobody");
}

//! Runs whose timer is due come earliest first; ended runs and future timers do not come.

use super::subject::{NOON, Subject, append, run_id};
use windlass_model::Phase;

/// Runs the case.
pub async fn check(subject: Subject) {
    let timers =
        [(1, Some(30), Phase::Waiting), (2, Some(10), Phase::Running), (3, None, Phase::Running)];
    let more = [
        (4, Some(20), Phase::Succeeded),
        (5, Some(10), Phase::Paused),
        (6, Some(31), Phase::Stuck),
    ];
    for (n, due, phase) in timers.into_iter().chain(more) {
        let lease = subject.leased(n).await;
        let mut timer = append(&lease, 0, vec![b"timer".to_vec()]);
        timer.due = due.map(|ms| NOON.after(ms));
        timer.phase = phase;
        subject.store.append(timer).await.expect("appended");
    }
    let order = |ns: &[u64]| Ok(ns.iter().map(|n| run_id(*n)).collect::<Vec<_>>());
    assert_eq!(subject.store.due(NOON.after(9), 9).await, order(&[]));
    assert_eq!(subject.store.due(NOON.after(30), 9).await, order(&[2, 5, 1]));
    assert_eq!(subject.store.due(NOON.after(99), 2).await, order(&[2, 5]));
    let subject = subject.reopen().await;
    assert_eq!(subject.store.due(NOON.after(99), 9).await, order(&[2, 5, 1, 6]));
    let lease = subject.lease(run_id(2), "b", NOON, Some(1)).await.expect("displaced");
    assert_eq!(subject.append(&lease, 1, 1).await, Ok(2), "an append without a timer");
    assert_eq!(subject.store.due(NOON.after(99), 9).await, order(&[5, 1, 6]));
}

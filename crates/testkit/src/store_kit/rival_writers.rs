//! Of writers that race for the same place exactly one wins, and the history is that of the
//! winners.

use super::subject::{Subject, append};
use tokio::task::JoinSet;
use windlass_ports::AppendError;

/// How often they race.
const ROUNDS: u64 = 20;

/// How many race.
const RIVALS: u8 = 8;

/// Runs the case.
pub async fn check(subject: Subject) {
    let lease = subject.leased(1).await;
    for expected in 0..ROUNDS {
        let mut rivals = JoinSet::new();
        for rival in 0..RIVALS {
            let bytes = vec![vec![rival; 3]];
            let (store, append) = (subject.store.clone(), append(&lease, expected, bytes));
            rivals.spawn(async move { (rival, store.append(append).await) });
        }
        let mut winners = Vec::new();
        while let Some(rival) = rivals.join_next().await {
            match rival.expect("the rival ends") {
                (rival, Ok(seq)) => winners.push((seq, vec![rival; 3])),
                (_, Err(AppendError::Conflict { actual, .. })) => assert_eq!(actual, expected + 1),
                (_, Err(other)) => panic!("{other}"),
            }
        }
        assert_eq!(winners.len(), 1);
        assert_eq!(subject.events(lease.run, expected).await, winners);
    }
}

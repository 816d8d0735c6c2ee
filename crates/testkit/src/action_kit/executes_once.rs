//! The same attempt executed twice has the effect of once: a duplicate finds the first one's
//! traces.

use super::subject::{Subject, Trial};
use windlass_ports::Executed;

/// Checks it.
pub async fn check<S: Subject>(subject: &S) {
    let trial = Trial::prepare(subject).await;
    let first = trial.finish().await;
    let (world, changes) = (subject.observe().await, subject.changes().await);
    if let Ok(executed) = trial.act().await {
        let again = trial.follow(executed.clone()).await;
        if matches!(executed, Executed::Done(_)) && trial.action.spec().traits.captures {
            assert_eq!(again, first, "a second time gives another output");
        }
    }
    assert_eq!(subject.changes().await, changes, "a second time changed the world again");
    assert_eq!(subject.observe().await, world);
}

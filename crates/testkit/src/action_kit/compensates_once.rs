//! The same compensation twice has the effect of once.

use super::subject::{Subject, Trial};

/// Checks it.
pub async fn check<S: Subject>(subject: &S) {
    let trial = Trial::prepare(subject).await;
    if !trial.compensates() {
        return;
    }
    let output = trial.finish().await;
    let undo = trial.undo(Some(output));
    undo.finish().await;
    let (world, changes) = (subject.observe().await, subject.changes().await);
    undo.finish().await;
    assert_eq!(subject.changes().await, changes, "a second undo changed the world again");
    assert_eq!(subject.observe().await, world);
}

//! An attempt that never reached the world is undone by changing nothing.

use super::subject::{Subject, Trial};

/// Checks it.
pub async fn check<S: Subject>(subject: &S) {
    let trial = Trial::prepare(subject).await;
    if !trial.compensates() {
        return;
    }
    let (world, changes) = (subject.observe().await, subject.changes().await);
    trial.undo(None).finish().await;
    assert_eq!(subject.changes().await, changes, "undoing nothing changed the world");
    assert_eq!(subject.observe().await, world);
}

//! Undo is armed by the start: what was captured is enough, without an output.

use super::subject::{Subject, Trial};

/// Checks it.
pub async fn check<S: Subject>(subject: &S) {
    let trial = Trial::prepare(subject).await;
    if !trial.compensates() {
        return;
    }
    assert!(trial.action.spec().traits.captures, "undo needs what was before");
    let before = subject.observe().await;
    trial.finish().await;
    trial.undo(None).finish().await;
    assert_eq!(subject.observe().await, before, "what was captured did not bring the world back");
}

//! Do, then undo: the world is as it was.

use super::subject::{Subject, Trial};
use windlass_ports::Probed;

/// Checks it.
pub async fn check<S: Subject>(subject: &S) {
    let trial = Trial::prepare(subject).await;
    if !trial.compensates() {
        return;
    }
    let before = subject.observe().await;
    let output = trial.finish().await;
    assert_ne!(subject.observe().await, before, "the kit's input changes nothing");
    let undo = trial.undo(Some(output));
    undo.finish().await;
    assert_eq!(subject.observe().await, before, "what was is not what is");
    let probed = undo.probe(None).await;
    assert!(matches!(probed, Probed::Done(_)), "an undo that is done is probed as {probed:?}");
}

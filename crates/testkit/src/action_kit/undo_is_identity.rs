//! Do, then undo: the world is as it was.

use super::subject::{Subject, Trial};
use windlass_ports::Probed;

/// Checks it.
pub async fn check<S: Subject>(subject: &S) {
    let trial = Trial::prepare(subject).await;
    if !trial.compensates() {
        return;
    }
    let (before, changes) = (subject.observe().await, subject.changes().await);
    let output = trial.finish().await;
    // A restart leaves what it found, and has changed something all the same.
    let changed = subject.observe().await != before || subject.changes().await != changes;
    assert!(changed, "the kit's input changes nothing");
    let undo = trial.undo(Some(output));
    undo.finish().await;
    assert_eq!(subject.observe().await, before, "what was is not what is");
    let probed = undo.probe(None).await;
    assert!(matches!(probed, Probed::Done(_)), "an undo that is done is probed as {probed:?}");
}

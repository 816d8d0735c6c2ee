//! Before anything was sent a probe sees nothing, and looking changes nothing.

use super::subject::{Subject, Trial};
use windlass_model::EffectClass;
use windlass_ports::Probed;

/// Checks it.
pub async fn check<S: Subject>(subject: &S) {
    let trial = Trial::prepare(subject).await;
    let (world, changes) = (subject.observe().await, subject.changes().await);
    let probed = trial.probe(None).await;
    let looks_again = trial.action.spec().traits.class == EffectClass::ReadOnly
        && matches!(probed, Probed::InProgress(_));
    assert!(
        probed == Probed::Absent || looks_again,
        "nothing was sent, and a probe sees {probed:?}"
    );
    assert_eq!(subject.changes().await, changes, "looking changed the world");
    assert_eq!(subject.observe().await, world);
}

//! After it is done a probe without a handle says so, with the output that later steps name.

use super::subject::{Subject, Trial};
use windlass_model::EffectClass;
use windlass_ports::Probed;

/// Checks it.
pub async fn check<S: Subject>(subject: &S) {
    let trial = Trial::prepare(subject).await;
    let traits = trial.action.spec().traits.clone();
    let keeps_own_handle = !traits.captures;
    if traits.class == EffectClass::ReadOnly || keeps_own_handle {
        return;
    }
    let output = trial.finish().await;
    let changes = subject.changes().await;
    match trial.probe(None).await {
        Probed::Done(found) => assert_eq!(found, output, "a probe gives another output"),
        other => panic!("it is done, and a probe sees {other:?}"),
    }
    assert_eq!(subject.changes().await, changes, "looking changed the world");
}

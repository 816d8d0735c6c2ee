//! A long operation is followed by another process with nothing but the stored handle, and never
//! sent again.

use super::subject::{Subject, Trial};
use windlass_ports::{Executed, Probed};

/// Checks it.
pub async fn check<S: Subject>(subject: &S) {
    let mut trial = Trial::prepare(subject).await;
    let executed = trial.act().await.expect("execute");
    let Executed::Accepted(handle) = executed else { return };
    trial.action = subject.action();
    match trial.probe(Some(&handle)).await {
        Probed::InProgress(handle) => {
            trial.follow(Executed::Accepted(handle)).await;
        }
        Probed::Done(_) => {}
        other => panic!("it was accepted, and a probe with its handle sees {other:?}"),
    }
}

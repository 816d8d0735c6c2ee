//! Where the service cannot even be reached nothing was done: every call says so, and none is in
//! doubt.

use super::subject::{Subject, Trial};
use windlass_ports::ActionError;

/// Checks it.
pub async fn check<S: Subject>(subject: &S) {
    let mut trial = Trial::prepare(subject).await;
    let Some(action) = subject.cut_off() else { return };
    trial.action = action;
    if trial.action.spec().traits.captures {
        let captured = trial.action.capture(&trial.context, &trial.attempt.input).await;
        verdict("capture", captured.err());
    }
    verdict("execute", trial.act().await.err());
    let probed = trial.action.probe(&trial.context, &trial.attempt, None).await;
    if let Err(error) = probed {
        verdict("probe", Some(error));
    }
    if trial.compensates() {
        let undo = trial.undo(None);
        let compensated = trial.action.compensate(&undo.context, &undo.attempt).await;
        verdict("compensate", compensated.err());
    }
}

fn verdict(call: &str, error: Option<ActionError>) {
    match error {
        Some(ActionError::Transient(failure)) => {
            let message = &failure.message;
            assert!(message.starts_with("failed to "), "{call}: {message}");
        }
        other => panic!("{call} could not reach the service and says {other:?}"),
    }
}

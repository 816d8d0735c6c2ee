//! What a call gets in the simulation beside its dispatch: nothing that waits.

use std::sync::Arc;
use windlass_engine::calls::Surroundings;
use windlass_model::{RunId, Value};
use windlass_ports::action::{HandleKeeper, OutputSink};
use windlass_ports::secrets::SecretError;
use windlass_ports::{ActionError, BoxFuture, Secret, Secrets};

/// Knows no secret.
pub struct NoSecrets;

impl Secrets for NoSecrets {
    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Secret, SecretError>> {
        Box::pin(std::future::ready(Err(SecretError::Unknown(name.to_owned()))))
    }
}

struct Nobody;

impl OutputSink for Nobody {
    fn line(&self, _text: &str) {}
}

impl HandleKeeper for Nobody {
    fn keep(&self, _handle: Value) -> BoxFuture<'_, Result<(), ActionError>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// The surroundings of a call.
pub fn surroundings(run: RunId) -> Surroundings {
    let bindings = Arc::default();
    Surroundings {
        bindings,
        folder: None,
        output: Arc::new(Nobody),
        handles: Arc::new(Nobody),
        run,
    }
}

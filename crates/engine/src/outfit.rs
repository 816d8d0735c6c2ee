//! What a run needs to work in its environment, made by whoever composes the program.

use std::sync::Arc;
use windlass_model::{RunId, Timestamp, WorkflowDef};
use windlass_ports::{BoxFuture, Clock, Registry, Secrets};

/// Actions, time and secrets of one run.
#[derive(Clone)]
pub struct Outfit {
    /// Actions and resource types.
    pub registry: Registry,
    /// The run's clock: virtual where the environment scales time.
    pub clock: Arc<dyn Clock>,
    /// Secrets by the names of the environment.
    pub secrets: Arc<dyn Secrets>,
    /// Whether the world is looked at before each step that could break an invariant. A rehearsal
    /// does not: it shows what would happen.
    pub guards: bool,
}

/// Makes outfits.
pub trait Outfitter: Send + Sync {
    /// The outfit of a run of this workflow; the error is a sentence that says what is missing and
    /// how to mend it. `began` is when the run was created, by its own clock; absent while it is
    /// being created.
    fn outfit<'a>(
        &'a self,
        run: RunId,
        workflow: &'a WorkflowDef,
        began: Option<Timestamp>,
    ) -> BoxFuture<'a, Result<Outfit, String>>;

    /// A run has ended, and that is durable: what was kept beside the store so that it could be
    /// resumed may go.
    fn ended(&self, _run: RunId) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

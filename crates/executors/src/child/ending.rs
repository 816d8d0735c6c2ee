//! Ends what an attempt started, whether this windlass or a dead one started it.

use crate::change::failing::transient;
use crate::change::key::MARK;
use std::io;
use windlass_model::RequestId;
use windlass_ports::Outcome;
use windlass_sys::ProcessError;
use windlass_sys::tree::Tree;

/// Ends whatever bears the mark of a step.
pub async fn end_marked(key: RequestId) -> Outcome<()> {
    let ended = tokio::task::spawn_blocking(move || end(key)).await;
    match ended.unwrap_or_else(|error| Err(unended(error))) {
        Ok(_) => Ok(()),
        Err(error) => transient("process", format!("failed to end what was left over: {error}")),
    }
}

/// Ends a step's processes when it is dropped, unless they were waited for.
pub struct Leash {
    key: RequestId,
    holds: bool,
}

impl Leash {
    /// Holds what bears the mark of a step.
    pub fn on(key: RequestId) -> Self {
        Self { key, holds: true }
    }

    /// Nothing is left to end.
    pub fn slip(mut self) {
        self.holds = false;
    }
}

impl Drop for Leash {
    fn drop(&mut self) {
        if self.holds
            && let Err(error) = end(self.key)
        {
            tracing::error!(%error, "the processes of a step could not be ended");
        }
    }
}

fn end(key: RequestId) -> Result<usize, ProcessError> {
    Tree::marked(format!("{MARK}={key}"))?.end()
}

fn unended(error: tokio::task::JoinError) -> ProcessError {
    ProcessError::NotEnded { pid: 0, source: io::Error::other(error) }
}

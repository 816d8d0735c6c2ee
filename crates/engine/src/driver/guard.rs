//! Looks now and then whether a run still has the lock that several machines see: somebody may have
//! taken it away. It must not know what follows.

use super::message::Message;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use windlass_model::{Millis, RunId};
use windlass_ports::{Clock, SharedLock};

/// How often one looks: a step that began a moment before the lock was taken away is in flight
/// anyway.
const LOOK_MS: Millis = 20_000;

/// The look-out; it ends with whoever has it.
pub(crate) struct Guard(AbortHandle);

impl Guard {
    /// Looks from now on.
    pub fn over(
        lock: Arc<dyn SharedLock>,
        run: RunId,
        wall: Arc<dyn Clock>,
        queue: mpsc::UnboundedSender<Message>,
    ) -> Self {
        let look = async move {
            loop {
                wall.sleep_until(wall.now().after(LOOK_MS)).await;
                match lock.keep(run).await {
                    Ok(true) => {}
                    Ok(false) => {
                        let label = lock.label();
                        let why = format!("somebody took the shared lock {label} away");
                        drop(queue.send(Message::LockLost(why)));
                        return;
                    }
                    // It does not run out: nobody else has it while it cannot be asked for.
                    Err(error) => tracing::warn!(%error, "the shared lock was not looked at"),
                }
            }
        };
        Self(tokio::spawn(look).abort_handle())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.abort();
    }
}

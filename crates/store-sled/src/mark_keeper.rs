//! Syncs the high-water mark beside the committer, so that a run's change of phase costs its waiters nothing.
//! Several wishes at once are one sync.

use std::fs::File;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

/// The thread that syncs.
#[derive(Debug)]
pub struct MarkKeeper {
    wishes: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl MarkKeeper {
    /// Begins to sync through a descriptor of the mark's; `failed` is told the system's word, once.
    pub fn start(
        file: File,
        failed: impl FnOnce(String) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (wishes, wished) = sync_channel::<()>(1);
        let sync_each = move || {
            for () in wished {
                if let Err(error) = file.sync_data() {
                    return failed(format!("its high-water mark cannot be synced: {error}"));
                }
            }
        };
        let thread =
            std::thread::Builder::new().name("windlass-mark".to_owned()).spawn(sync_each)?;
        Ok(Self { wishes: Some(wishes), thread: Some(thread) })
    }

    /// Wishes for a sync of what was written so far; returns at once.
    pub fn wish(&self) {
        match self.wishes.as_ref().map(|wishes| wishes.try_send(())) {
            // A wish that waits already covers this one; a thread that ended has said why.
            None | Some(Ok(()) | Err(TrySendError::Full(()) | TrySendError::Disconnected(()))) => {}
        }
    }
}

impl Drop for MarkKeeper {
    fn drop(&mut self) {
        drop(self.wishes.take());
        if let Some(thread) = self.thread.take() {
            // It cannot panic; its failure was told already.
            drop(thread.join());
        }
    }
}

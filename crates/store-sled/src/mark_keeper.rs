//! Syncs the high-water mark beside the committer, so that a run's change of phase costs its
//! waiters nothing: shortly after the wish, and once for all wishes of that moment.

use std::fs::File;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, TrySendError};
use std::sync::mpsc::{channel, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// From a wish to its sync. The mark is a witness against damage, not a part of any
/// acknowledgement; a power cut within this time leaves it behind the store, which is no error.
const DELAY: Duration = Duration::from_millis(100);

/// The thread that syncs. Dropping it does not sync once more: a clean close does so itself.
#[derive(Debug)]
pub struct MarkKeeper {
    wishes: Option<SyncSender<()>>,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl MarkKeeper {
    /// Begins to sync through a descriptor of the mark's; `failed` is told the system's word, once.
    pub fn start(
        file: File,
        failed: impl FnOnce(String) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (wishes, wished) = sync_channel(1);
        let (stop, stopped) = channel();
        let keep = move || {
            if let Err(error) = sync_each(&file, &wished, &stopped) {
                failed(format!("its high-water mark cannot be synced: {error}"));
            }
        };
        let thread = std::thread::Builder::new().name("windlass-mark".to_owned()).spawn(keep)?;
        Ok(Self { wishes: Some(wishes), stop: Some(stop), thread: Some(thread) })
    }

    /// Wishes for a sync of what was written so far; returns at once.
    pub fn wish(&self) {
        match self.wishes.as_ref().map(|wishes| wishes.try_send(())) {
            // A wish that waits already covers this one; a thread that ended has said why.
            None | Some(Ok(()) | Err(TrySendError::Full(()) | TrySendError::Disconnected(()))) => {}
        }
    }
}

fn sync_each(file: &File, wished: &Receiver<()>, stopped: &Receiver<()>) -> std::io::Result<()> {
    while wished.recv().is_ok() {
        if stopped.recv_timeout(DELAY) == Err(RecvTimeoutError::Disconnected) {
            return Ok(());
        }
        // Wishes of the meantime are covered by this sync; one that comes during it is not, and
        // stays.
        while wished.try_recv().is_ok() {}
        file.sync_data()?;
    }
    Ok(())
}

impl Drop for MarkKeeper {
    fn drop(&mut self) {
        drop(self.wishes.take());
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // It cannot panic; its failure was told already.
            drop(thread.join());
        }
    }
}

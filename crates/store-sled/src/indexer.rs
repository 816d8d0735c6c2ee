//! The thread that brings rows from the journal into sled, off the way of those who wait: many
//! groups at once, the last value of each row. Rows are durable in sled before the note says so,
//! and a note is durable with the rows of the next time, or once nothing comes for a while; what an
//! end in between leaves is written again from the journal.

use crate::batch::sync;
use crate::change::Change;
use crate::committer::Broken;
use crate::fresh::{Fresh, Next};
use crate::index_error::{IndexResult, panic_text};
use crate::suspect::Suspect;
use crate::trees::Trees;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use tokio::sync::mpsc::WeakSender;

/// The indexer.
pub struct Indexer {
    /// Where rows come from.
    pub fresh: Arc<Fresh>,
    /// Where they go to.
    pub trees: Trees,
    /// Our own descriptor of sled's file: sled's flush alone is not durable on Linux.
    pub db: File,
    /// The committer's queue. It ends while this is here.
    pub changes: WeakSender<Change>,
    /// Set once, on the first error.
    pub broken: Broken,
    /// For what sled says of its files.
    pub suspect: Suspect,
}

impl Indexer {
    /// Works until the fresh rows are closed and all of them are in sled, or until an error.
    pub fn run(self) {
        let worked = catch_unwind(AssertUnwindSafe(|| self.work()));
        let why = match worked {
            Ok(Ok(())) => None,
            Ok(Err(error)) => {
                self.suspect.meets(&error);
                Some(error.to_string())
            }
            Err(panic) => Some(panic_text(&*panic)),
        };
        if let Some(why) = why {
            tracing::error!(%why, "the store's index cannot be written any more");
            drop(self.broken.set(format!("its index: {why}")));
        }
        self.fresh.end();
    }

    fn work(&self) -> IndexResult<()> {
        let mut noted = self.fresh.noted();
        while let Some(next) = self.fresh.next() {
            match next {
                Next::Rows(batch) => {
                    batch.write(&self.trees, &self.db)?;
                    // The note of the time before became durable with these rows.
                    let durable = std::mem::replace(&mut noted, batch.frame);
                    self.trees.set_note(noted)?;
                    self.fresh.indexed(durable);
                }
                Next::Quiet if self.fresh.noted() < noted => {
                    sync(&self.trees, &self.db)?;
                    self.fresh.indexed(noted);
                }
                Next::Quiet => continue,
            }
            self.tell();
        }
        sync(&self.trees, &self.db)?;
        self.fresh.indexed(noted);
        Ok(())
    }

    /// Wakes the committer, which may wait for the index to give room back. Where its queue is
    /// full it is awake.
    fn tell(&self) {
        if let Some(changes) = self.changes.upgrade() {
            drop(changes.try_send(Change::Indexed));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::Layout;
    use crate::table::{Table, Writes};
    use std::time::Duration;
    use tokio::sync::mpsc::channel;

    /// How long the test waits; a busy machine is no failure.
    const PATIENCE: Duration = Duration::from_secs(30);

    /// Whoever waits for the index to be complete need not wait for somebody to write.
    #[tokio::test]
    async fn what_is_indexed_is_durable_and_told_though_nothing_more_comes() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path());
        let trees = Trees::open(&sled::Config::new().path(layout.sled())).unwrap();
        let (changes, mut told) = channel(1);
        let indexer = Indexer {
            fresh: Arc::default(),
            trees,
            db: File::open(layout.db()).unwrap(),
            changes: changes.downgrade(),
            broken: Broken::default(),
            suspect: Suspect::of(&layout),
        };
        let fresh = indexer.fresh.clone();
        let thread = std::thread::spawn(move || indexer.run());
        let mut writes = Writes::default();
        writes.insert(Table::Locks, b"key"[..].into(), Some(b"value"[..].into()));
        fresh.commit(7, writes);
        let complete = async {
            while fresh.noted() < 7 {
                assert!(matches!(told.recv().await, Some(Change::Indexed)));
            }
        };
        tokio::time::timeout(PATIENCE, complete).await.unwrap();
        fresh.close();
        thread.join().unwrap();
    }
}

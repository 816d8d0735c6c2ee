//! The thread that brings rows from the journal into sled, off the way of those who wait: many
//! groups at once, the last value of each row. Rows are durable in sled before the note says so,
//! and a note is durable with the rows of the next time; what an end in between leaves is written
//! again from the journal.

use crate::committer::Broken;
use crate::fresh::{Fresh, Layer};
use crate::index_error::{IndexResult, panic_text};
use crate::suspect::Suspect;
use crate::trees::Trees;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// The indexer.
pub struct Indexer {
    /// Where rows come from.
    pub fresh: Arc<Fresh>,
    /// Where they go to.
    pub trees: Trees,
    /// Our own descriptor of sled's file: sled's flush alone is not durable on Linux.
    pub db: File,
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
        while let Some(layer) = self.fresh.next() {
            self.write(&layer)?;
            // The note of the time before became durable with these rows.
            let durable = std::mem::replace(&mut noted, layer.frame);
            self.trees.set_note(noted)?;
            self.fresh.indexed(durable);
        }
        self.sync()?;
        self.fresh.indexed(noted);
        Ok(())
    }

    fn write(&self, layer: &Layer) -> IndexResult<()> {
        for (table, key, (frame, value)) in layer.rows.iter() {
            self.trees.put(*frame, table, key, value.as_deref())?;
        }
        self.sync()
    }

    fn sync(&self) -> IndexResult<()> {
        self.trees.flush()?;
        Ok(self.db.sync_data()?)
    }
}

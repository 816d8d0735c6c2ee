//! The one thread that writes. It takes all changes that wait, decides them by its books, writes
//! what is granted in one transaction, makes it durable by `flush` **and** a sync of sled's file,
//! and only then answers. sled's own flush is not durable on Linux. Any error is final: what is on
//! the disk is not known any more.

use crate::books::Books;
use crate::change::Change;
use crate::group::{Gathering, Group};
use crate::load::Loaded;
use crate::mark::{Height, Mark};
use crate::mark_keeper::MarkKeeper;
use crate::objects::Objects;
use crate::published::Published;
use crate::safe_open::panic_text;
use crate::trees::Trees;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};
use tokio::sync::mpsc::Receiver;
use tokio::sync::mpsc::error::TryRecvError;

/// Records in a group: enough to make a sync cheap for each, few enough that nobody waits long for
/// the others.
const GROUP_RECORDS_MAX: usize = 256;

/// Bytes in a group, for the same reason. One change may exceed it alone.
const GROUP_BYTES_MAX: usize = 1024 * 1024;

/// Why the store does not work any more, once it does not.
pub type Broken = Arc<OnceLock<String>>;

/// The committer.
pub struct Committer {
    /// The trees.
    pub trees: Trees,
    /// The objects.
    pub objects: Objects,
    /// Our own descriptor of sled's file.
    pub db: File,
    /// The high-water mark.
    pub mark: Mark,
    /// Syncs it.
    pub mark_keeper: MarkKeeper,
    /// The readers' side.
    pub published: Arc<Published>,
    /// Set once, on the first error.
    pub broken: Broken,
    /// Whether something was written that nobody waits for: the next sync takes it along.
    pub unsynced: bool,
    /// Objects that no row names once what is written is durable.
    pub forgotten: Vec<String>,
}

impl Committer {
    /// Works until nobody can send a change any more, or until an error; closes cleanly after the
    /// former.
    pub fn run(mut self, loaded: Loaded, mut changes: Receiver<Change>) {
        let Loaded { mut books, mut height } = loaded;
        while let Some(group) = next_group(&mut changes, !books.removed.is_empty()) {
            if self.broken.get().is_some() {
                return;
            }
            let committed =
                catch_unwind(AssertUnwindSafe(|| self.commit(&mut books, height, group)));
            match committed {
                Ok(Ok(reached)) => height = reached,
                Ok(Err(why)) => return self.fail(why),
                Err(panic) => return self.fail(panic_text(&*panic)),
            }
        }
        if let Err(why) = self.sync(height) {
            return self.fail(why);
        }
        drop(self.mark_keeper);
        if let Err(error) = self.mark.close(height) {
            tracing::error!(%error, "failed to write the store's high-water mark at its close");
        }
    }

    /// Who waits, now and later, finds the channel closed and reads here why.
    fn fail(&self, why: String) {
        tracing::error!(%why, "the store cannot write any more");
        drop(self.broken.set(why));
    }

    /// Makes everything written so far durable, and the mark say so.
    fn sync(&mut self, reached: Height) -> Result<(), String> {
        if self.unsynced {
            self.trees.flush().map_err(|error| error.to_string())?;
            self.db.sync_data().map_err(|error| error.to_string())?;
            self.mark.write(reached).map_err(|error| error.to_string())?;
            self.unsynced = false;
        }
        Ok(())
    }

    fn commit(
        &mut self,
        books: &mut Books,
        height: Height,
        changes: Vec<Change>,
    ) -> Result<Height, String> {
        let sled = |error: sled::Error| error.to_string();
        // What nobody waits for would gather in memory without an end.
        let clears = changes.is_empty();
        let mut gathering = Gathering { books, trees: &self.trees, group: Group::default() };
        if clears {
            gathering.clear().map_err(sled)?;
        }
        for change in changes {
            gathering.add(change).map_err(sled)?;
        }
        let mut group = gathering.group;
        let mut reached = height;
        if group.changes > 0 {
            reached = self.trees.write(height, group.changes, &group.writes).map_err(sled)?;
            self.unsynced = true;
            if group.urgent || clears {
                self.sync(reached)?;
            }
            self.published.publish(books, &group);
        }
        group.answers.drain(..).for_each(|answer| answer());
        if group.phase_changed && !self.unsynced {
            self.mark_keeper.wish();
        }
        self.forgotten.append(&mut group.forgotten);
        if !self.unsynced {
            // Not before the rows that named them are gone for good.
            self.forgotten.drain(..).for_each(|name| self.objects.forget(&name));
        }
        Ok(reached)
    }
}

/// Waits for the next group. An empty one means that nobody wants anything just now, while removed
/// runs are to be cleared.
fn next_group(changes: &mut Receiver<Change>, clearing: bool) -> Option<Vec<Change>> {
    let first = if clearing {
        match changes.try_recv() {
            Ok(first) => first,
            Err(TryRecvError::Empty) => return Some(Vec::new()),
            Err(TryRecvError::Disconnected) => return None,
        }
    } else {
        changes.blocking_recv()?
    };
    Some(gather(first, changes))
}

/// Takes what waits behind the first change, up to a group's size.
fn gather(first: Change, changes: &mut Receiver<Change>) -> Vec<Change> {
    let (mut records, mut bytes) = first.weight();
    let mut group = vec![first];
    while records < GROUP_RECORDS_MAX && bytes < GROUP_BYTES_MAX {
        let Ok(next) = changes.try_recv() else { break };
        let weight = next.weight();
        records += weight.0;
        bytes += weight.1;
        group.push(next);
    }
    group
}

//! The one thread that writes. It takes all changes that wait, decides them by its books, writes
//! what is granted as one frame of the journal, durably, and only then answers. Any error is final:
//! what is on the disk is not known any more.

use crate::books::Books;
use crate::change::Change;
use crate::commit_error::CommitError;
use crate::compaction::Compaction;
use crate::group::{Gathering, Group};
use crate::height::Height;
use crate::index::Index;
use crate::index_error::panic_text;
use crate::log::Log;
use crate::objects::Objects;
use crate::payload::pack;
use crate::published::Published;
use crate::suspect::Suspect;
use crate::table::Writes;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};
use tokio::sync::mpsc::Receiver;
use tokio::sync::mpsc::error::TryRecvError;

/// Records in a group: enough to make a sync cheap for each, few enough that nobody waits long for
/// the others.
const GROUP_RECORDS_MAX: usize = 256;

/// Bytes in a group, for the same reason. One change may exceed it alone.
const GROUP_BYTES_MAX: usize = 1024 * 1024;

/// Bytes of rows that may stay staged while nobody waits for them to be durable.
const STAGED_BYTES_MAX: usize = 64 * 1024;

/// Why the store does not work any more, once it does not.
pub type Broken = Arc<OnceLock<String>>;

/// The committer.
pub struct Committer {
    /// The journal.
    pub log: Log,
    /// Where the rows go afterwards.
    pub index: Index,
    /// The objects.
    pub objects: Objects,
    /// The readers' side.
    pub published: Arc<Published>,
    /// Set once, on the first error.
    pub broken: Broken,
    /// For what sled says of its files.
    pub suspect: Suspect,
    /// Where the store is.
    pub height: Height,
    /// Rows that nobody waits for: the next durable group takes them along.
    pub staged: Writes,
    /// Gives the journal's room back.
    pub compaction: Compaction,
    /// Objects that no row names once what is written is durable.
    pub forgotten: Vec<String>,
    /// The packed rows of a group, kept for the next one's.
    pub payload: Vec<u8>,
}

impl Committer {
    /// Works until nobody can send a change any more, or until an error; closes cleanly after the
    /// former.
    pub fn run(mut self, mut books: Books, mut changes: Receiver<Change>) {
        loop {
            let noted = self.index.fresh.noted();
            let idle = !books.removed.is_empty()
                || self.compaction.wishes(&self.log, self.height.live, noted);
            let Some(group) = next_group(&mut changes, idle) else { break };
            if self.broken.get().is_some() {
                return self.index.fresh.close();
            }
            let committed = catch_unwind(AssertUnwindSafe(|| self.commit(&mut books, group)));
            match committed {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return self.fail(&error),
                Err(panic) => {
                    return self.fail(&CommitError::System(panic_text(&*panic)));
                }
            }
        }
        if let Err(error) = self.close(&books) {
            tracing::error!(%error, "the store did not close cleanly");
        }
    }

    /// Who waits, now and later, finds the channel closed and reads here why.
    fn fail(&self, error: &CommitError) {
        tracing::error!(%error, "the store cannot write any more");
        if let CommitError::Index(error) = error {
            self.suspect.meets(error);
        }
        drop(self.broken.set(error.to_string()));
        self.index.fresh.close();
    }

    fn close(mut self, books: &Books) -> Result<(), CommitError> {
        let staged = std::mem::take(&mut self.staged);
        let written = if staged.is_empty() { Ok(()) } else { self.write(books, staged) };
        self.index.fresh.close();
        written?;
        Ok(self.log.close()?)
    }

    fn commit(&mut self, books: &mut Books, changes: Vec<Change>) -> Result<(), CommitError> {
        let idle = changes.is_empty();
        let group = Group {
            writes: std::mem::take(&mut self.staged),
            height: self.height,
            ..Group::default()
        };
        let mut gathering = Gathering { books, index: &self.index, group };
        if idle {
            gathering.clear()?;
        }
        for change in changes {
            gathering.add(change)?;
        }
        let mut group = gathering.group;
        self.height = Height { changes: self.height.changes + group.changes, ..group.height };
        let writes = std::mem::take(&mut group.writes);
        if group.urgent || idle {
            self.write(books, writes)?;
        } else if group.changes > 0 {
            self.stage(books, writes)?;
        } else {
            self.staged = writes;
        }
        if group.changes > 0 {
            self.published.publish(books, &group);
        }
        group.answers.drain(..).for_each(|answer| answer());
        self.forgotten.append(&mut group.forgotten);
        if self.staged.is_empty() {
            // Not before the rows that named them are gone for good.
            self.forgotten.drain(..).for_each(|name| self.objects.forget(&name));
        }
        Ok(())
    }

    /// Makes rows durable, and some of the journal's oldest with them.
    fn write(&mut self, books: &Books, mut writes: Writes) -> Result<(), CommitError> {
        let known = (&self.index, books);
        self.compaction.release(&mut self.log, self.index.fresh.noted());
        self.compaction.add(&self.log, known, self.height.live, &mut writes)?;
        if writes.is_empty() && !self.log.owes_a_frame() {
            return Ok(());
        }
        pack(self.height, &writes, &mut self.payload).map_err(CommitError::Rows)?;
        let frame = self.log.commit(&[&self.payload])?;
        self.index.fresh.commit(frame, writes);
        Ok(())
    }

    /// Writes rows so that they survive the end of this process; the next durable group holds them
    /// too. What nobody waits for must not gather without an end.
    fn stage(&mut self, books: &Books, writes: Writes) -> Result<(), CommitError> {
        pack(self.height, &writes, &mut self.payload).map_err(CommitError::Rows)?;
        if self.payload.len() > STAGED_BYTES_MAX {
            return self.write(books, writes);
        }
        self.log.stage(&[&self.payload])?;
        self.index.fresh.stage(self.log.last() + 1, &writes);
        self.staged = writes;
        Ok(())
    }
}
/// Waits for the next group. An empty one means that nobody wants anything just now, while there
/// is something to clear up.
fn next_group(changes: &mut Receiver<Change>, clears: bool) -> Option<Vec<Change>> {
    let first = if clears {
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

//! The store's own journal: where it lies, and what its frames say. It must not know the index.

use crate::height::Height;
use crate::index_error::{IndexError, IndexResult};
use crate::layout::Layout;
use crate::open_error::OpenError;
use crate::payload::{Row, unpack};
use std::hash::{BuildHasher, Hasher, RandomState};
use windlass_journal::{Ahead, Journal, JournalError, RealDisk, Sizes};

/// The journal of a store.
pub type Log = Journal<RealDisk, Ahead<RealDisk>>;

/// Opens the journal of a folder, or makes it. Who has what was before a frame has no need of what
/// the segments before that frame hold; otherwise, with zero, every frame is checked.
pub fn open_log(layout: &Layout, from: u64) -> Result<Log, OpenError> {
    let io = |source| OpenError::Io {
        store: layout.root().to_path_buf(),
        what: "opening its journal",
        source,
    };
    let disk = RealDisk::open(&layout.journal()).map_err(io)?;
    let supplier = Ahead::start(disk.clone()).map_err(io)?;
    Journal::open_from(from, &disk, supplier, Sizes::default(), new_number())
        .map_err(|error| refused(layout, error))
}

/// Tells what a journal says of itself as the store's refusal to open.
pub fn refused(layout: &Layout, error: JournalError) -> OpenError {
    let store = layout.root().to_path_buf();
    match error {
        JournalError::Io { source, .. } => {
            OpenError::Io { store, what: "reading its journal", source }
        }
        error => OpenError::Damaged { store, why: error.to_string() },
    }
}

/// A number that no other journal has: its frames shall not pass for those of another one.
fn new_number() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// Why the frames of a journal could not be given on.
#[derive(Debug)]
pub enum ReplayError {
    /// The journal itself.
    Journal(JournalError),
    /// Whoever took them.
    Index(IndexError),
    /// A group that is none of a store's; its frame.
    Foreign(u64),
}

impl From<JournalError> for ReplayError {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

impl From<IndexError> for ReplayError {
    fn from(error: IndexError) -> Self {
        Self::Index(error)
    }
}

/// Gives the rows of all groups from a number on, and returns the height of the last group there
/// is.
pub fn replay(
    log: &Log,
    from: u64,
    mut visit: impl FnMut(u64, Row<'_>) -> IndexResult<()>,
) -> Result<Option<Height>, ReplayError> {
    let mut reached = None;
    // A closing frame may be the last.
    let first = from.min(log.last_group());
    log.replay::<ReplayError>(first, |frame, payload| {
        let (height, rows) = unpack(payload).ok_or(ReplayError::Foreign(frame))?;
        reached = Some(height);
        if frame >= from {
            rows.into_iter().try_for_each(|row| visit(frame, row))?;
        }
        Ok(())
    })?;
    Ok(reached)
}

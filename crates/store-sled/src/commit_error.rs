//! Why the store cannot write any more. Each is final for this process; what the next one makes of
//! it depends on which it was. It must not know who writes.

use crate::index_error::IndexError;
use windlass_journal::JournalError;

/// What went wrong while a group was written.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// The index.
    #[error("its index: {0}")]
    Index(#[from] IndexError),
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Rows that the journal does not take, or that are none of a store's.
    #[error("{0}")]
    Rows(String),
    /// The system.
    #[error("{0}")]
    System(String),
}

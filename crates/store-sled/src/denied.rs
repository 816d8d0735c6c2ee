//! Why a change was not made: it is refused, which only who asked for it hears, or the index
//! failed, which ends the store's work for all.

use crate::index_error::IndexError;

/// Why a change was not made.
#[derive(Debug)]
pub enum Denied<E> {
    /// It is refused.
    Refused(E),
    /// The index failed. Final.
    Index(IndexError),
}

impl<E> From<IndexError> for Denied<E> {
    fn from(error: IndexError) -> Self {
        Self::Index(error)
    }
}

//! The lock that says which process has a store open. It is the kernel's, so it dies with its
//! process; the file's content only tells people who that is.

use crate::layout::open_private;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::Path;

/// The lock, held until dropped.
#[derive(Debug)]
pub struct LockFile {
    _file: File,
}

impl LockFile {
    /// Takes the lock; nothing where another process has it.
    pub fn take(path: &Path) -> io::Result<Option<Self>> {
        let mut file = open_private(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        file.set_len(0)?;
        write!(file, "{}", std::process::id())?;
        Ok(Some(Self { _file: file }))
    }
}

/// Reads which process wrote the lock file last.
pub fn holder_of(path: &Path) -> Option<u32> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_free_again_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = LockFile::take(&path).unwrap();
        assert!(first.is_some());
        assert!(LockFile::take(&path).unwrap().is_none());
        assert_eq!(holder_of(&path), Some(std::process::id()));
        drop(first);
        assert!(LockFile::take(&path).unwrap().is_some());
    }
}

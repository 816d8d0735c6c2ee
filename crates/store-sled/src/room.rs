//! The room that a store needs. Below a floor of free space it takes no new runs, so that those
//! that are on have room to end. It must not know what a run writes.

use std::io;
use std::path::{Path, PathBuf};
use windlass_ports::StoreError;

/// Free space below which no new run is taken: sled's file doubles while it cleans up, and a long
/// run writes some megabytes. A full disk ends the store for every run at once.
pub const FREE_BYTES_FLOOR: u64 = 128 * 1024 * 1024;

/// The folder of a store, and how much must be free there before a run is created.
#[derive(Clone, Debug)]
pub struct Room {
    folder: PathBuf,
    floor: u64,
}

impl Room {
    /// So many bytes in this folder.
    pub fn new(folder: &Path, floor: u64) -> Self {
        Self { folder: folder.to_path_buf(), floor }
    }

    /// Refuses where less than the floor is free. Where the system does not tell, nothing is
    /// refused: a write that finds no room fails by itself.
    pub fn for_a_new_run(&self) -> Result<(), StoreError> {
        let free = match free_bytes(&self.folder) {
            Ok(free) => free,
            Err(error) => {
                tracing::warn!(%error, "the free space of the store's folder is not known");
                return Ok(());
            }
        };
        if free >= self.floor {
            return Ok(());
        }
        let folder = self.folder.display().to_string();
        Err(StoreError::NoRoom { folder, free, floor: self.floor })
    }
}

/// What an ordinary user may still write in a folder's file system, in bytes.
pub fn free_bytes(folder: &Path) -> io::Result<u64> {
    let stat = rustix::fs::statvfs(folder)?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}

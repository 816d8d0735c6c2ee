//! The high-water mark: a small file outside sled that witnesses how far the store had come.
//!
//! sled, on a damaged file, may open silently in an older state that agrees with itself; only a
//! witness elsewhere can tell. It is written after every group and synced at each change of a run's
//! phase, so that it is exact after a crash of the process and close behind after a power cut. A
//! store *ahead* of it is fine.

use crate::layout::{open_private, sync_folder};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// How far a store has come: how many changes, and the sum over what they left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Height {
    /// Changes so far.
    pub count: u64,
    /// Sum over the digests of all rows of the small trees.
    pub tally: u128,
}

impl Height {
    /// Bytes that [`Height::to_bytes`] gives.
    pub const BYTES: usize = 24;

    /// As it is kept, in sled and in the mark.
    pub fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[..8].copy_from_slice(&self.count.to_be_bytes());
        bytes[8..].copy_from_slice(&self.tally.to_be_bytes());
        bytes
    }

    /// Reads it back.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (count, tally) = bytes.split_first_chunk::<8>()?;
        let tally = u128::from_be_bytes(tally.try_into().ok()?);
        Some(Self { count: u64::from_be_bytes(*count), tally })
    }
}

/// Two places that are written in turn, in different blocks of any disk: a torn write spoils one of
/// them.
const SLOT_BYTES: u64 = 4096;

const MAGIC: &[u8; 8] = b"windmark";

/// Magic, height, and the first half of a SHA-256 over both.
const WRITTEN_BYTES: usize = 8 + Height::BYTES + 16;

/// The open file.
#[derive(Debug)]
pub struct Mark {
    file: File,
    /// Which place is next.
    next: u64,
}

impl Mark {
    /// Makes the file, durably, at the beginning of a store's life.
    pub fn create(path: &Path, height: Height) -> io::Result<()> {
        let mark = Self { file: open_private(path)?, next: 0 };
        mark.file.set_len(2 * SLOT_BYTES)?;
        mark.write_both(height)?;
        mark.file.sync_all()?;
        path.parent().map_or(Ok(()), sync_folder)
    }

    /// Reads the mark; nothing where neither place can be read.
    pub fn read(path: &Path) -> io::Result<Option<Height>> {
        let bytes = fs::read(path)?;
        let slots = [0, SLOT_BYTES as usize].map(|at| bytes.get(at..).and_then(read_slot));
        Ok(slots.into_iter().flatten().max_by_key(|height| height.count))
    }

    /// Opens the file for writing and brings both places to the present height.
    pub fn open(path: &Path, height: Height) -> io::Result<Self> {
        let mark = Self { file: File::options().read(true).write(true).open(path)?, next: 0 };
        mark.write_both(height)?;
        mark.file.sync_data()?;
        Ok(mark)
    }

    /// Writes a height; a crash of the process keeps it, a power cut may not.
    pub fn write(&mut self, height: Height) -> io::Result<()> {
        self.file.write_all_at(&slot(height), self.next)?;
        self.next = SLOT_BYTES - self.next;
        Ok(())
    }

    /// Writes the last height of a clean close, durably.
    pub fn close(self, height: Height) -> io::Result<()> {
        self.write_both(height)?;
        self.file.sync_data()
    }

    /// Another descriptor, for syncing beside the committer.
    pub fn descriptor(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    fn write_both(&self, height: Height) -> io::Result<()> {
        self.file.write_all_at(&slot(height), 0)?;
        self.file.write_all_at(&slot(height), SLOT_BYTES)
    }
}

fn slot(height: Height) -> [u8; WRITTEN_BYTES] {
    let mut bytes = [0; WRITTEN_BYTES];
    let (body, sum) = bytes.split_at_mut(8 + Height::BYTES);
    body[..8].copy_from_slice(MAGIC);
    body[8..].copy_from_slice(&height.to_bytes());
    sum.copy_from_slice(&Sha256::digest(body)[..16]);
    bytes
}

fn read_slot(bytes: &[u8]) -> Option<Height> {
    let written = bytes.get(..WRITTEN_BYTES)?;
    let height = Height::from_bytes(&written[8..8 + Height::BYTES])?;
    (slot(height) == written).then_some(height)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_place_that_can_be_read_counts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mark");
        Mark::create(&path, Height { count: 1, tally: 10 }).unwrap();
        let mut mark = Mark::open(&path, Height { count: 2, tally: 20 }).unwrap();
        for count in 3..6 {
            mark.write(Height { count, tally: u128::from(count) * 10 }).unwrap();
            assert_eq!(Mark::read(&path).unwrap().map(|height| height.count), Some(count));
        }
        let whole = fs::read(&path).unwrap();
        for byte in [0, 20, 40, 4096, 4120, 4140] {
            let mut flipped = whole.clone();
            flipped[byte] ^= 4;
            fs::write(&path, flipped).unwrap();
            let read = Mark::read(&path).unwrap().map(|height| height.count);
            assert!(read == Some(5) || read == Some(4), "{read:?}");
        }
        fs::write(&path, [0; 9000]).unwrap();
        assert_eq!(Mark::read(&path).unwrap(), None);
    }
}

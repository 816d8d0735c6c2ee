//! The simulated disk behind the journal's own traits. It remembers all that was done to it, so
//! that a test can go back to any moment and cut the power there.

use crate::prng::Prng;
use crate::sim_disk::content::{Content, Deed, cut};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use windlass_journal::{Disk, DiskFile};

pub use crate::sim_disk::content::Cut;

/// A disk. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct SimDisk {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    now: Content,
    deeds: Vec<Deed>,
    next_file: u64,
    fails_from: Option<usize>,
    next_sync_fails: bool,
}

/// An open file of it.
#[derive(Debug)]
pub struct SimFile {
    disk: SimDisk,
    file: u64,
}

impl SimDisk {
    /// How many things were done to it.
    pub fn deeds(&self) -> usize {
        self.lock().deeds.len()
    }

    /// The disk as a power cut after so many deeds leaves it; all that is left is durable.
    pub fn cut_after(&self, deeds: usize, kept: Cut, prng: &mut Prng) -> Self {
        let state = self.lock();
        let now = cut(&state.deeds[..deeds], kept, prng);
        Self::after(now, state.next_file)
    }

    /// Another disk with the same content.
    pub fn copy(&self) -> Self {
        let state = self.lock();
        Self::after(state.now.clone(), state.next_file)
    }

    fn after(now: Content, next_file: u64) -> Self {
        // What is left is the new disk's past: durable, with the same numbers.
        let mut past = Vec::new();
        for (name, file) in &now.names {
            past.push(Deed::Create(*file, name.clone()));
            past.push(Deed::Write(*file, 0, now.files.get(file).cloned().unwrap_or_default()));
            past.push(Deed::Sync(*file));
        }
        past.push(Deed::SyncFolder);
        let new = State { now, deeds: past, next_file, ..State::default() };
        Self { state: Arc::new(Mutex::new(new)) }
    }

    /// Lets every write and sync fail from the n-th deed from now.
    pub fn fail_after(&self, deeds: usize) {
        let mut state = self.lock();
        state.fails_from = Some(state.deeds.len() + deeds);
    }

    /// Lets the next sync of a file fail, and no other.
    pub fn fail_next_sync(&self) {
        self.lock().next_sync_fails = true;
    }

    /// Names and lengths, for looking at it.
    pub fn files(&self) -> Vec<(String, usize)> {
        let state = self.lock();
        let length = |file| state.now.files.get(file).map_or(0, Vec::len);
        state.now.names.iter().map(|(name, file)| (name.clone(), length(file))).collect()
    }

    /// Turns over bits of a byte, as a sick disk does.
    pub fn flip(&self, name: &str, at: usize, bits: u8) {
        let mut state = self.lock();
        let Some(file) = state.now.names.get(name).copied() else { return };
        if let Some(byte) = state.now.files.get_mut(&file).and_then(|bytes| bytes.get_mut(at)) {
            *byte ^= bits;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn act(&self, deed: Deed) -> io::Result<()> {
        let mut state = self.lock();
        if state.fails_from.is_some_and(|from| state.deeds.len() >= from) {
            return Err(io::Error::other("the simulated disk is sick"));
        }
        state.now.apply(&deed);
        state.deeds.push(deed);
        Ok(())
    }

    fn find(&self, name: &str) -> io::Result<u64> {
        let found = self.lock().now.names.get(name).copied();
        found.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }
}

impl Disk for SimDisk {
    type File = SimFile;

    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.lock().now.names.keys().cloned().collect())
    }

    fn open(&self, name: &str) -> io::Result<SimFile> {
        Ok(SimFile { disk: self.clone(), file: self.find(name)? })
    }

    fn create(&self, name: &str) -> io::Result<SimFile> {
        let file = {
            let mut state = self.lock();
            state.next_file += 1;
            state.next_file
        };
        self.act(Deed::Create(file, name.to_owned()))?;
        Ok(SimFile { disk: self.clone(), file })
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.find(from)?;
        self.act(Deed::Rename(from.to_owned(), to.to_owned()))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.find(name)?;
        self.act(Deed::Remove(name.to_owned()))
    }

    fn sync_folder(&self) -> io::Result<()> {
        self.act(Deed::SyncFolder)
    }
}

impl DiskFile for SimFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.disk.lock().now.files.get(&self.file).map_or(0, Vec::len) as u64)
    }

    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<()> {
        let state = self.disk.lock();
        let start = usize::try_from(at).unwrap_or(usize::MAX);
        let content = state.now.files.get(&self.file).and_then(|bytes| bytes.get(start..));
        match content.and_then(|bytes| bytes.get(..buffer.len())) {
            Some(bytes) => {
                buffer.copy_from_slice(bytes);
                Ok(())
            }
            None => Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
        }
    }

    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        self.disk.act(Deed::Write(self.file, at, bytes.to_vec()))
    }

    fn sync_data(&self) -> io::Result<()> {
        if std::mem::take(&mut self.disk.lock().next_sync_fails) {
            self.disk.act(Deed::FailedSync(self.file))?;
            return Err(io::Error::other("the simulated disk failed to sync"));
        }
        self.disk.act(Deed::Sync(self.file))
    }
}

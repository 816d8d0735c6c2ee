//! What lies on a simulated disk, and what of it a power cut leaves. It must not know who writes.

use crate::prng::Prng;
use std::collections::{BTreeMap, BTreeSet};

/// Bytes that a disk writes all or none of.
const SECTOR_BYTES: usize = 512;

/// Something that was done to a disk.
#[derive(Clone, Debug)]
pub enum Deed {
    /// An empty file of this number got this name.
    Create(u64, String),
    /// Bytes were written to a file at a place.
    Write(u64, u64, Vec<u8>),
    /// A file was synced.
    Sync(u64),
    /// Syncing a file failed. The kernel calls what was written before written from then on, though
    /// it is not: only what is written again can become durable.
    FailedSync(u64),
    /// A file got another name.
    Rename(String, String),
    /// A name was removed.
    Remove(String),
    /// The folder was synced.
    SyncFolder,
}

/// How much of what was not synced a cut keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Nothing.
    Nothing,
    /// All of it: what the end of a process leaves.
    All,
    /// Whole writes and names by chance.
    Writes,
    /// Sectors and names by chance: writes are reordered, dropped and torn.
    Sectors,
}

/// Files by number, and names.
#[derive(Clone, Debug, Default)]
pub struct Content {
    /// The bytes of files.
    pub files: BTreeMap<u64, Vec<u8>>,
    /// The files of names.
    pub names: BTreeMap<String, u64>,
}

impl Content {
    /// Does a deed; syncs change nothing here.
    pub fn apply(&mut self, deed: &Deed) {
        match deed {
            Deed::Create(file, name) => {
                self.files.entry(*file).or_default();
                self.names.insert(name.clone(), *file);
            }
            Deed::Write(file, at, bytes) => self.write(*file, *at, bytes),
            Deed::Rename(from, to) => {
                if let Some(file) = self.names.remove(from) {
                    self.names.insert(to.clone(), file);
                }
            }
            Deed::Remove(name) => drop(self.names.remove(name)),
            Deed::Sync(_) | Deed::FailedSync(_) | Deed::SyncFolder => {}
        }
    }

    fn write(&mut self, file: u64, at: u64, bytes: &[u8]) {
        let content = self.files.entry(file).or_default();
        let start = usize::try_from(at).unwrap_or(usize::MAX);
        let end = start + bytes.len();
        if content.len() < end {
            content.resize(end, 0);
        }
        content[start..end].copy_from_slice(bytes);
    }
}

/// What a cut after these deeds leaves of a disk.
pub fn cut(deeds: &[Deed], kept: Cut, prng: &mut Prng) -> Content {
    let mut left = Content::default();
    let durable = durable_writes(deeds);
    let names_synced = deeds.iter().rposition(|deed| matches!(deed, Deed::SyncFolder)).unwrap_or(0);
    for (at, deed) in deeds.iter().enumerate() {
        match deed {
            Deed::Write(file, place, bytes) => {
                if kept == Cut::All || durable.contains(&at) {
                    left.write(*file, *place, bytes);
                } else {
                    write_some(&mut left, (*file, *place), bytes, kept, prng);
                }
            }
            _ if at < names_synced || kept == Cut::All => left.apply(deed),
            _ if kept != Cut::Nothing && prng.per_mille(500) => left.apply(deed),
            Deed::Create(file, _) => drop(left.files.entry(*file).or_default()),
            _ => {}
        }
    }
    left
}

/// The writes that the next sync of their file made durable.
fn durable_writes(deeds: &[Deed]) -> BTreeSet<usize> {
    let mut open: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    let mut durable = BTreeSet::new();
    for (at, deed) in deeds.iter().enumerate() {
        match deed {
            Deed::Write(file, ..) => open.entry(*file).or_default().push(at),
            Deed::Sync(file) => durable.extend(open.remove(file).into_iter().flatten()),
            Deed::FailedSync(file) => drop(open.remove(file)),
            _ => {}
        }
    }
    durable
}

fn write_some(left: &mut Content, (file, at): (u64, u64), bytes: &[u8], cut: Cut, prng: &mut Prng) {
    match cut {
        Cut::Sectors => {
            let whole = prng.below(3);
            for (sector, place) in bytes.chunks(SECTOR_BYTES).zip((at..).step_by(SECTOR_BYTES)) {
                if whole == 0 || prng.per_mille(500) {
                    left.write(file, place, sector);
                }
            }
        }
        Cut::Writes if prng.per_mille(500) => left.write(file, at, bytes),
        _ => {}
    }
}

//! A journal at work on a simulated disk, with a memory of what it had acknowledged when.

use std::collections::BTreeMap;
use windlass_journal::{Inline, Journal, JournalError, Sizes};
use windlass_testkit::{Prng, SimDisk};

/// Segments so small that a few groups fill one.
pub const SIZES: Sizes = Sizes { least: 4096, most: 16 * 1024 };

/// Bytes of frames above which the oldest segment is given back.
const KEPT_BYTES: u64 = 40_000;

pub type Simulated = Journal<SimDisk, Inline<SimDisk>>;

pub fn open(disk: &SimDisk) -> Result<Simulated, JournalError> {
    Journal::open(disk, Inline(disk.clone()), SIZES, 77)
}

/// Opens it for somebody who has all that was before a frame.
pub fn open_from(frame: u64, disk: &SimDisk) -> Result<Simulated, JournalError> {
    Journal::open_from(frame, disk, Inline(disk.clone()), SIZES, 77)
}

/// All groups of a journal by number.
pub fn all(journal: &Simulated) -> BTreeMap<u64, Vec<u8>> {
    let mut all = BTreeMap::new();
    let read = journal.replay::<JournalError>(0, |frame, payload| {
        assert!(all.insert(frame, payload.to_vec()).is_none());
        Ok(())
    });
    read.unwrap();
    all
}

pub struct Story {
    pub disk: SimDisk,
    /// Deeds of the disk when this story was begun.
    pub begun: usize,
    journal: Option<Simulated>,
    prng: Prng,
    /// Every payload that was ever meant to have a number, and how many deeds the disk had seen
    /// when it was acknowledged, where it was.
    meant: Vec<(u64, Vec<u8>, Option<usize>)>,
    /// The first frame that is needed, by the number of deeds from which on it is.
    needed: Vec<(usize, u64)>,
    segments: u64,
}

impl Story {
    pub fn begin(seed: u64) -> Self {
        let disk = SimDisk::default();
        let journal = open(&disk).unwrap();
        let prng = Prng::new(seed);
        let (meant, needed) = (Vec::new(), vec![(0, 1)]);
        Self { disk, begun: 0, journal: Some(journal), prng, meant, needed, segments: 1 }
    }

    pub fn journal(&mut self) -> &mut Simulated {
        self.journal.as_mut().unwrap()
    }

    pub fn segments_begun(&self) -> u64 {
        self.segments
    }

    pub fn go_on(&mut self) {
        assert!(self.try_to_go_on());
    }

    /// One more group: mostly small, at times longer than a segment, at times staged before;
    /// returns whether it was acknowledged.
    pub fn try_to_go_on(&mut self) -> bool {
        let journal = self.journal.as_mut().unwrap();
        let next = journal.last() + 1;
        if self.prng.per_mille(300) {
            let payload = payload(next, self.prng.below(1500), self.prng.number());
            self.meant.push((next, payload.clone(), None));
            if journal.stage(&[&payload]).is_err() {
                return false;
            }
        }
        let length = match self.prng.below(60) {
            0 => 20_000,
            1..=9 => self.prng.below(6000),
            _ => self.prng.below(700),
        };
        let payload = payload(next, length, self.prng.number());
        let (head, tail) = payload.split_at(payload.len() / 3);
        self.meant.push((next, payload.clone(), None));
        let Ok(frame) = journal.commit(&[head, tail]) else { return false };
        assert_eq!(frame, next);
        self.segments = self.segments.max(journal.active_segment());
        let deeds = self.disk.deeds();
        self.meant.last_mut().unwrap().2 = Some(deeds);
        if journal.bytes() > KEPT_BYTES {
            let oldest = journal.oldest_segment();
            journal.release_before(oldest + 1);
            // The files go with the next group: until then the older frames may be there.
            self.needed.push((deeds, journal.first()));
        }
        true
    }

    /// One group of so many bytes.
    pub fn commit(&mut self, length: u64) {
        let journal = self.journal.as_mut().unwrap();
        let payload = payload(journal.last() + 1, length, self.prng.number());
        journal.commit(&[&payload]).unwrap();
    }

    pub fn close(&mut self) {
        self.journal.take().unwrap().close().unwrap();
    }

    /// The number of the last frame that was acknowledged when the disk had seen so many deeds.
    fn acknowledged(&self, deeds: usize) -> u64 {
        let told = self.meant.iter().filter(|(_, _, at)| at.is_some_and(|at| at <= deeds));
        told.map(|(frame, _, _)| *frame).max().unwrap_or(0)
    }

    /// Checks what was left of the disk after so many deeds.
    pub fn check(&self, left: &SimDisk, deeds: usize, what: &str) -> Simulated {
        let acknowledged = self.acknowledged(deeds);
        let known = [acknowledged, acknowledged / 2, acknowledged.saturating_sub(7)];
        let copies = known.map(|frame| (frame, left.copy()));
        let journal = open(left).unwrap_or_else(|error| panic!("{what}: {error}"));
        let found = all(&journal);
        for (frame, copy) in copies {
            // Who has what was before an acknowledged frame finds the same, reading less.
            let part = open_from(frame, &copy).unwrap_or_else(|error| panic!("{what}: {error}"));
            let state = |of: &Simulated| (of.first(), of.last(), of.last_group(), of.bytes());
            assert_eq!(state(&part), state(&journal), "{what}: from {frame}");
            assert_eq!(all(&part), found, "{what}: from {frame}");
        }
        let last = found.keys().last().copied().unwrap_or(0);
        assert!(last >= acknowledged, "{what}: {last} of {acknowledged}");
        assert!(last <= acknowledged + 1, "{what}: {last} of {acknowledged}");
        let needed = self.needed.iter().rfind(|(from, _)| *from <= deeds).unwrap().1;
        let first = found.keys().next().copied().unwrap_or(1);
        assert!(first <= needed, "{what}: {first} where {needed} is needed");
        assert!(found.keys().copied().eq(first..=last), "{what}: a number is missing");
        for (frame, payload) in &found {
            let mut meant = self.meant.iter().filter(|(number, _, _)| number == frame);
            let is_it = |(_, bytes, at): &(u64, Vec<u8>, Option<usize>)| {
                bytes == payload && (at.is_some() || *frame > acknowledged)
            };
            assert!(meant.any(is_it), "{what}: frame {frame} is not what was written");
        }
        journal
    }

    /// Goes on upon what a cut has left.
    pub fn resume(&self, left: SimDisk, deeds: usize, what: &str) -> Self {
        let journal = self.check(&left, deeds, what);
        let found = all(&journal);
        let begun = left.deeds();
        let meant = found.into_iter().map(|(frame, bytes)| (frame, bytes, Some(begun))).collect();
        let needed = vec![(begun, journal.first())];
        let (prng, segments) = (self.prng.clone(), journal.active_segment());
        Self { disk: left, begun, journal: Some(journal), prng, meant, needed, segments }
    }
}

fn payload(frame: u64, length: u64, seed: u64) -> Vec<u8> {
    let mut prng = Prng::new(seed);
    let mut bytes = frame.to_be_bytes().to_vec();
    bytes.resize_with(8 + usize::try_from(length).unwrap(), || prng.below(256) as u8);
    bytes
}

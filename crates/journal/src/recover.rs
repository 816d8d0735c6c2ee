//! What a journal's folder holds after whatever happened to it. It changes nothing.
//!
//! Whoever has a copy of what was before needs no more than the frames that come after it: of the
//! segments before those only the first frame's header is read, to know which frames they hold.

use crate::chain::Chain;
use crate::disk::{Disk, DiskFile};
use crate::error::JournalError;
use crate::frame::Header;
use crate::known::{Full, known_before, missing, numbers};
use crate::segment;

/// A segment that takes frames, or will.
#[derive(Debug)]
pub struct Segment<F> {
    /// Its number.
    pub number: u64,
    /// The open file.
    pub file: F,
    /// The first frame in it.
    pub first: u64,
    /// The end of its last frame, in bytes.
    pub end: u64,
    /// The file's length in bytes.
    pub bytes: u64,
}

/// What was found.
pub struct Recovered<F> {
    /// Segments that take no more frames, oldest first.
    pub full: Vec<Full>,
    /// The one that takes frames.
    pub active: Option<Segment<F>>,
    /// A segment after them that waits for its first frame.
    pub ready: Option<Segment<F>>,
    /// Segments that nothing needs: given up before a crash, or made twice.
    pub leftovers: Vec<u64>,
    /// The last frame.
    pub last: Option<Header>,
    /// The number of the last frame that is a group, where one was read.
    pub last_group: Option<u64>,
}

/// Reads the segments of a folder: those that hold frames from a number on, or all of them. Where
/// the journal ends before that number, its last frames are read.
pub fn recover<D: Disk>(disk: &D, from: u64) -> Result<Recovered<D::File>, JournalError> {
    let numbers = numbers(disk)?;
    let first = numbers.first().copied().unwrap_or(1);
    let known = known_before(disk, &numbers, from)?;
    let rest = &numbers[known.full.len()..];
    let full = known.full;
    let mut chain = Chain::begin(rest.first().copied().unwrap_or(first), known.lead);
    let mut read = read_rest(disk, rest, &mut chain)?;
    if chain.last.is_none() && !full.is_empty() {
        // What begins the segment is torn: the end is in the one before.
        return recover(disk, 0);
    }
    chain.check_beginning(first)?;
    let oldest = chain.last.map_or(first, |last| last.oldest);
    if oldest < first {
        let next = full.first().map(|full| full.first);
        let next = next.or(read.with_frames.first().map(|segment| segment.first));
        return Err(missing(oldest, next.unwrap_or(1)));
    }
    let active = read.with_frames.pop();
    let before = full.into_iter().chain(read.with_frames.iter().map(Segment::when_full));
    let mut idle = read.without.into_iter();
    let ready = idle.next();
    let mut leftovers: Vec<u64> = (first..oldest).collect();
    leftovers.extend(idle.map(|segment| segment.number));
    Ok(Recovered {
        full: before.filter(|segment| segment.number >= oldest).collect(),
        active,
        ready,
        leftovers,
        last: chain.last,
        last_group: chain.last_group,
    })
}

/// Segments that were read.
struct Read<F> {
    with_frames: Vec<Segment<F>>,
    without: Vec<Segment<F>>,
}

fn read_rest<D: Disk>(
    disk: &D,
    numbers: &[u64],
    chain: &mut Chain,
) -> Result<Read<D::File>, JournalError> {
    let mut all = Read { with_frames: Vec::new(), without: Vec::new() };
    let mut bytes = Vec::new();
    for number in numbers.iter().copied() {
        let file = open(disk, number, &mut bytes)?;
        let found = chain.read(number, &bytes)?;
        let (first, end) = found.unwrap_or((0, 0));
        let segment = Segment { number, file, first, end, bytes: bytes.len() as u64 };
        if found.is_some() { all.with_frames.push(segment) } else { all.without.push(segment) }
    }
    Ok(all)
}

impl<F> Segment<F> {
    /// What is left of it once it takes no more frames.
    pub fn when_full(&self) -> Full {
        Full { number: self.number, first: self.first, bytes: self.bytes }
    }
}

/// Opens a segment and reads all of it into a buffer.
pub fn open<D: Disk>(disk: &D, number: u64, buffer: &mut Vec<u8>) -> Result<D::File, JournalError> {
    let name = segment::name(number);
    let file = disk.open(&name).map_err(JournalError::io(&name, "opening it"))?;
    let length = file.len().map_err(JournalError::io(&name, "asking for its length"))?;
    read(&file, number, length, buffer)?;
    Ok(file)
}

/// Reads the beginning of a segment into a buffer, whose earlier content is gone.
pub fn read<F: DiskFile>(
    file: &F,
    number: u64,
    length: u64,
    buffer: &mut Vec<u8>,
) -> Result<(), JournalError> {
    let too_long = || JournalError::Broken(format!("{} is too long", segment::name(number)));
    buffer.resize(usize::try_from(length).map_err(|_| too_long())?, 0);
    file.read_at(buffer, 0).map_err(JournalError::io(&segment::name(number), "reading it"))
}

//! What a journal's folder holds after whatever happened to it. It decides between a tail that was
//! cut off while nobody had been told of it, and damage. It changes nothing.
//!
//! Only one frame is ever on its way: the next is begun when all before it is durable. So whatever
//! a cut leaves of the last frame has nothing after it, and a frame that does have something after
//! it had been whole.

use crate::disk::{Disk, DiskFile};
use crate::error::JournalError;
use crate::frame::Header;
use crate::scan::{Wanted, frame_at, later_frame};
use crate::segment;

/// A segment with frames.
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
    /// Segments with frames, oldest first.
    pub segments: Vec<Segment<F>>,
    /// A segment after them that waits for its first frame.
    pub ready: Option<Segment<F>>,
    /// Segments that nothing needs: given up before a crash, or made twice.
    pub leftovers: Vec<u64>,
    /// The last frame.
    pub last: Option<Header>,
}

/// Where the chain of frames stands while segments are read.
struct Chain {
    wanted: Wanted,
    last: Option<Header>,
    /// Where the next frame should be: file's segment and offset.
    stop: (u64, u64),
    /// Segments in a row that did not go on.
    idle: u64,
}

/// Reads all segments of a folder.
pub fn recover<D: Disk>(disk: &D) -> Result<Recovered<D::File>, JournalError> {
    let names = disk.list().map_err(JournalError::io("folder", "listing it"))?;
    let mut numbers: Vec<u64> = names.iter().filter_map(|name| segment::number_of(name)).collect();
    numbers.sort_unstable();
    let first = numbers.first().copied().unwrap_or(1);
    let wanted = Wanted { journal: None, segment: first, frame: None };
    let mut chain = Chain { wanted, last: None, stop: (first, 0), idle: 0 };
    let mut segments = Vec::new();
    let mut idle = Vec::new();
    let mut bytes = Vec::new();
    for (number, expected) in numbers.iter().copied().zip(first..) {
        if number != expected {
            return Err(missing(expected, chain.next()));
        }
        let file = open(disk, number, &mut bytes)?;
        let found = chain.read(number, &bytes)?;
        let (first, end) = found.unwrap_or((0, 0));
        let read = Segment { number, file, first, end, bytes: bytes.len() as u64 };
        if found.is_some() { segments.push(read) } else { idle.push(read) }
    }
    chain.check_beginning(first)?;
    let oldest = chain.last.map_or(first, |last| last.oldest);
    if oldest < first {
        return Err(missing(oldest, segments.first().map_or(1, |segment| segment.first)));
    }
    let mut leftovers: Vec<u64> = (first..oldest).collect();
    segments.retain(|segment| segment.number >= oldest);
    let mut idle = idle.into_iter();
    let ready = idle.next();
    leftovers.extend(idle.map(|segment| segment.number));
    Ok(Recovered { segments, ready, leftovers, last: chain.last })
}

impl Chain {
    fn next(&self) -> u64 {
        self.wanted.frame.unwrap_or(1)
    }

    /// Reads a segment's frames; returns the first one and the end of the last.
    fn read(&mut self, number: u64, bytes: &[u8]) -> Result<Option<(u64, u64)>, JournalError> {
        self.wanted.segment = number;
        let mut found = None;
        let mut offset = 0;
        // After a segment that did not go on, none does.
        while self.idle == 0
            && let Some((header, _)) = frame_at(bytes, offset, self.wanted)
        {
            offset += header.span();
            self.wanted.journal = Some(header.journal);
            self.wanted.frame = Some(header.frame + 1);
            self.last = Some(header);
            found = Some((found.map_or(header.frame, |(first, _)| first), offset));
        }
        if found.is_some() {
            self.stop = (number, offset);
        } else {
            self.idle += 1;
        }
        match later_frame(bytes, offset, self.wanted) {
            None => Ok(found),
            Some((later, frame)) => {
                if found.is_none() && self.idle == 1 && later > 0 {
                    // What is missing was the first in this segment.
                    self.stop = (number, 0);
                }
                let where_it_is = segment::name(number);
                let why = format!(
                    "it is not what was written, though frame {frame} at byte {later} of \
                     {where_it_is} came after it"
                );
                Err(self.damaged(why))
            }
        }
    }

    /// A journal without a frame is one whose making was cut off; then nothing else is there.
    fn check_beginning(&self, first: u64) -> Result<(), JournalError> {
        if self.last.is_some() || first == 1 {
            return Ok(());
        }
        Err(self.damaged("no frame can be read, though segments were used before".to_owned()))
    }

    fn damaged(&self, why: String) -> JournalError {
        let (number, offset) = self.stop;
        JournalError::Damaged { file: segment::name(number), offset, frame: self.next(), why }
    }
}

fn missing(number: u64, frame: u64) -> JournalError {
    let why = "the file is missing, though the journal needs it".to_owned();
    JournalError::Damaged { file: segment::name(number), offset: 0, frame, why }
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

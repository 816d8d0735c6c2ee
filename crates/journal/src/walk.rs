//! Goes through the frames of one full segment, one at a time, out of its file. It must not know
//! whether anybody needs the segment.

use crate::disk::DiskFile;
use crate::error::JournalError;
use crate::frame::{HEADER_BYTES, Header, SECTOR_BYTES, read_header};
use crate::segment;
use std::ops::RangeInclusive;

/// A way through a segment.
#[derive(Debug)]
pub struct Walk<F> {
    file: F,
    journal: u64,
    segment: u64,
    /// The next frame.
    frame: u64,
    /// The segment's last one.
    last: u64,
    /// Where the next one begins, in bytes.
    offset: u64,
    /// The file's length in bytes.
    bytes: u64,
}

impl<F: DiskFile> Walk<F> {
    /// Before the first frame of a segment that holds these.
    pub(crate) fn begin(
        file: F,
        (journal, segment): (u64, u64),
        frames: RangeInclusive<u64>,
    ) -> Result<Self, JournalError> {
        let bytes = file.len().map_err(io(segment))?;
        let (frame, last) = (*frames.start(), *frames.end());
        Ok(Self { file, journal, segment, frame, last, offset: 0, bytes })
    }

    /// The segment.
    pub fn segment(&self) -> u64 {
        self.segment
    }

    /// How far it has come, in bytes.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Reads the next group into a buffer and gives its number; nothing at the end. A closing frame
    /// is an empty group. After damage it stands where it stood.
    pub fn next(&mut self, payload: &mut Vec<u8>) -> Result<Option<u64>, JournalError> {
        if self.frame > self.last {
            return Ok(None);
        }
        let found = self.header_at(self.offset)?.filter(|(header, _)| header.frame == self.frame);
        let Some((header, sum)) = found else { return Err(self.damaged()) };
        let end = self.offset.checked_add(header.span()).filter(|end| *end <= self.bytes);
        let (Some(end), Ok(length)) = (end, usize::try_from(header.length)) else {
            return Err(self.damaged());
        };
        payload.resize(length, 0);
        let read = self.file.read_at(payload, self.offset + HEADER_BYTES as u64);
        read.map_err(io(self.segment))?;
        if crc32fast::hash(payload) != sum {
            return Err(self.damaged());
        }
        (self.offset, self.frame) = (end, self.frame + 1);
        Ok(Some(header.frame))
    }

    /// Leaves damage behind: goes to the next frame whose beginning can be read, or to the end.
    /// Gives the frames that are passed over.
    pub fn skip(&mut self) -> Result<RangeInclusive<u64>, JournalError> {
        let first = self.frame;
        let mut offset = self.offset;
        self.frame = self.last + 1;
        loop {
            offset += SECTOR_BYTES as u64;
            if offset >= self.bytes {
                break;
            }
            if let Some((header, _)) = self.header_at(offset)?
                && (first + 1..=self.last).contains(&header.frame)
            {
                self.frame = header.frame;
                break;
            }
        }
        self.offset = offset;
        Ok(first..=self.frame - 1)
    }

    /// The header at a place, where one of this use of the segment stands there.
    fn header_at(&self, offset: u64) -> Result<Option<(Header, u32)>, JournalError> {
        let mut head = [0; HEADER_BYTES];
        if offset + HEADER_BYTES as u64 > self.bytes {
            return Ok(None);
        }
        self.file.read_at(&mut head, offset).map_err(io(self.segment))?;
        let ours =
            |header: &Header| (header.journal, header.segment) == (self.journal, self.segment);
        Ok(read_header(&head).filter(|(header, _)| ours(header)))
    }

    fn damaged(&self) -> JournalError {
        JournalError::Damaged {
            file: segment::name(self.segment),
            offset: self.offset,
            frame: self.frame,
            why: "it is not what was written".to_owned(),
        }
    }
}

fn io(segment: u64) -> impl FnOnce(std::io::Error) -> JournalError {
    move |error| JournalError::io(&segment::name(segment), "reading it")(error)
}

//! Takes every frame that is whole out of the bytes of segments, whatever lies between them, and
//! tells which frames are lost. Pure: it opens no file and decides nothing, so that what is damaged
//! stays as it is.
//!
//! It must not know what a lost frame held.

use crate::frame::{Header, Kind, SECTOR_BYTES, read_header, read_payload};
use crate::segment;
use std::ops::RangeInclusive;

/// Frames that are not there as they were written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// The file in which the first of them should be.
    pub file: String,
    /// Where in it, in bytes.
    pub offset: u64,
    /// Their numbers.
    pub frames: RangeInclusive<u64>,
}

/// A way through segments, oldest first.
#[derive(Debug, Default)]
pub struct Salvage {
    /// What is lost so far.
    pub lost: Vec<Lost>,
    /// The last frame that is whole.
    pub last: Option<Header>,
    /// The first segment that was read.
    first: Option<u64>,
    /// After the last frame that is whole: file's segment and offset.
    stop: (u64, u64),
}

impl Salvage {
    /// Gives every group of one more segment that is whole: its number and its payload.
    pub fn read(&mut self, number: u64, bytes: &[u8], mut visit: impl FnMut(u64, &[u8])) {
        self.first.get_or_insert(number);
        let mut offset = 0;
        while let Some(rest) = bytes.get(offset..).filter(|rest| !rest.is_empty()) {
            let whole = read_header(rest).filter(|(header, _)| self.is_next(number, header));
            let whole = whole.and_then(|(header, sum)| {
                read_payload(rest, &header, sum).map(|payload| (header, payload))
            });
            let Some((header, payload)) = whole else {
                offset += SECTOR_BYTES;
                continue;
            };
            self.pass(number, offset as u64, &header);
            if header.kind == Kind::Group {
                visit(header.frame, payload);
            }
            offset += usize::try_from(header.span()).unwrap_or(usize::MAX - offset);
            self.stop = (number, offset as u64);
            self.last = Some(header);
        }
    }

    /// Tells segments before the first one that the last frame still needs.
    pub fn end(&mut self) {
        if let (Some(last), Some(first)) = (self.last, self.first)
            && last.oldest < first
        {
            let file = segment::name(last.oldest);
            self.lost.insert(0, Lost { file, offset: 0, frames: 0..=0 });
        }
    }

    /// Whether a header is of this use of the segment and after all that was read.
    fn is_next(&self, number: u64, header: &Header) -> bool {
        let after = |last: Header| header.journal == last.journal && header.frame > last.frame;
        header.segment == number && self.last.is_none_or(after)
    }

    fn pass(&mut self, number: u64, offset: u64, header: &Header) {
        let next = match self.last {
            Some(last) => last.frame + 1,
            // The first frame of the oldest segment may have any number, and stands at its start.
            None if offset == 0 => header.frame,
            None => header.frame.saturating_sub(1),
        };
        if next < header.frame {
            let (segment, offset) = match self.last {
                Some(_) if self.stop.0 == number || self.stop.0 + 1 == number && offset == 0 => {
                    self.stop
                }
                _ => (number, 0),
            };
            let file = segment::name(segment);
            self.lost.push(Lost { file, offset, frames: next..=header.frame - 1 });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::write;

    fn segment(number: u64, frames: RangeInclusive<u64>) -> Vec<u8> {
        let mut all = Vec::new();
        for frame in frames {
            let header = Header {
                kind: Kind::Group,
                journal: 7,
                segment: number,
                frame,
                oldest: 1,
                length: 0,
            };
            let mut bytes = Vec::new();
            write(header, &[&[frame as u8; 600]], &mut bytes);
            all.extend(bytes);
        }
        all
    }

    fn read(segments: &[(u64, Vec<u8>)]) -> (Vec<u64>, Vec<Lost>) {
        let (mut salvage, mut found) = (Salvage::default(), Vec::new());
        for (number, bytes) in segments {
            salvage.read(*number, bytes, |frame, payload| {
                assert_eq!(payload, [frame as u8; 600]);
                found.push(frame);
            });
        }
        salvage.end();
        (found, salvage.lost)
    }

    #[test]
    fn any_byte_of_a_frame_costs_that_frame_alone_and_is_told() {
        let whole = vec![(1, segment(1, 1..=3)), (2, segment(2, 4..=6))];
        assert_eq!(read(&whole), ((1..=6).collect(), vec![]));
        for at in 0..2 * 1024 {
            let mut sick = whole.clone();
            sick[1].1[at] ^= 1;
            let (found, lost) = read(&sick);
            let frame = 4 + at as u64 / 1024;
            if at % 1024 < 664 {
                assert_eq!(found, (1..=6).filter(|n| *n != frame).collect::<Vec<_>>(), "{at}");
                assert_eq!((lost.len(), &lost[0].frames), (1, &(frame..=frame)), "{at}");
            } else {
                assert_eq!((found.len(), lost.len()), (6, 0), "padding is harmless");
            }
        }
    }

    #[test]
    fn a_missing_segment_is_told_wherever_it_was() {
        let all = [(1, segment(1, 1..=3)), (2, segment(2, 4..=6)), (3, segment(3, 7..=8))];
        let (found, lost) = read(&[all[0].clone(), all[2].clone()]);
        assert_eq!((found.len(), lost[0].frames.clone()), (5, 4..=6));
        let (found, lost) = read(&all[1..]);
        assert_eq!((found.len(), lost[0].file.as_str()), (5, "segment-000000000001"));
    }
}

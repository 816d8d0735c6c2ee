//! The chain of frames through segments that are read one after the other. It decides between a
//! tail that was cut off while nobody had been told of it, and damage. Pure.
//!
//! Only one frame is ever on its way: the next is begun when all before it is durable. So whatever
//! a cut leaves of the last frame has nothing after it, and a frame that does have something after
//! it had been whole.

use crate::error::JournalError;
use crate::frame::{Header, Kind};
use crate::known::Lead;
use crate::scan::{Wanted, frame_at, later_frame};
use crate::segment;

/// Where the chain of frames stands while segments are read.
pub struct Chain {
    wanted: Wanted,
    /// The last frame.
    pub last: Option<Header>,
    /// The number of the last one that is a group.
    pub last_group: Option<u64>,
    /// Where the next frame should be: file's segment and offset.
    stop: (u64, u64),
    /// Segments in a row that did not go on.
    idle: u64,
}

impl Chain {
    /// Before the first frame of a segment, of which it may be known what it is.
    pub fn begin(segment: u64, lead: Option<Lead>) -> Self {
        let (journal, frame) = (lead.map(|lead| lead.journal), lead.map(|lead| lead.frame));
        let wanted = Wanted { journal, segment, frame };
        Self { wanted, last: None, last_group: None, stop: (segment, 0), idle: 0 }
    }

    fn next(&self) -> u64 {
        self.wanted.frame.unwrap_or(1)
    }

    /// Reads a segment's frames; returns the first one and the end of the last.
    pub fn read(&mut self, number: u64, bytes: &[u8]) -> Result<Option<(u64, u64)>, JournalError> {
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
            if header.kind == Kind::Group {
                self.last_group = Some(header.frame);
            }
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
    pub fn check_beginning(&self, first: u64) -> Result<(), JournalError> {
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

//! The journal gives out what it took: all groups from a number on, or the frames of one segment.
//! It must not know why.

use crate::disk::Disk;
use crate::error::JournalError;
use crate::frame::Kind;
use crate::journal::Journal;
use crate::known::Full;
use crate::recover::{open, read};
use crate::scan::{Wanted, frame_at};
use crate::segment;
use crate::supply::Supplier;
use crate::walk::Walk;
use std::ops::RangeInclusive;

impl<D: Disk, S: Supplier<D>> Journal<D, S> {
    /// The last frame of a segment that is full; nothing for the active one or one that is gone.
    pub fn last_of(&self, segment: u64) -> Option<u64> {
        let at = self.full.iter().position(|one| one.number == segment)?;
        Some(self.frames_of(at).1)
    }

    /// A full segment and its last frame, by its place in the order.
    fn frames_of(&self, at: usize) -> (Full, u64) {
        let next = self.full.get(at + 1).map_or(self.active.first, |next| next.first);
        (self.full[at], next - 1)
    }

    /// A way through the frames of the oldest segment, where it is full.
    pub fn walk_oldest(&self) -> Result<Option<Walk<D::File>>, JournalError> {
        if self.full.is_empty() {
            return Ok(None);
        }
        let (full, last) = self.frames_of(0);
        let name = segment::name(full.number);
        let file = self.disk.open(&name).map_err(JournalError::io(&name, "opening it"))?;
        Walk::begin(file, (self.number, full.number), full.first..=last).map(Some)
    }

    /// Gives every group from a number on, oldest first.
    pub fn replay<E: From<JournalError>>(
        &self,
        from: u64,
        mut visit: impl FnMut(u64, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut bytes = Vec::new();
        for at in 0..self.full.len() {
            let (full, last) = self.frames_of(at);
            if last >= from {
                open(&self.disk, full.number, &mut bytes)?;
                self.visit((full.number, &bytes), full.first..=last, from, &mut visit)?;
            }
        }
        let active = &self.active;
        read(&active.file, active.number, active.end, &mut bytes)?;
        self.visit((active.number, &bytes), active.first..=self.last(), from, &mut visit)
    }

    /// Gives the groups from a number on of one segment's bytes.
    fn visit<E: From<JournalError>>(
        &self,
        (number, bytes): (u64, &[u8]),
        frames: RangeInclusive<u64>,
        from: u64,
        visit: &mut impl FnMut(u64, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut offset = 0;
        for frame in frames {
            let wanted = Wanted { journal: Some(self.number), segment: number, frame: Some(frame) };
            let Some((header, payload)) = frame_at(bytes, offset, wanted) else {
                let (file, why) = (segment::name(number), "it is not what was written".to_owned());
                return Err(JournalError::Damaged { file, offset, frame, why }.into());
            };
            if header.kind == Kind::Group && frame >= from {
                visit(frame, payload)?;
            }
            offset += header.span();
        }
        Ok(())
    }
}

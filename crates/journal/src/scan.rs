//! Reads the frames of one segment out of its bytes. Pure; it must not know what a torn frame
//! means, that is decided over all segments.

use crate::frame::{Header, SECTOR_BYTES, read_header, read_payload};

/// Which frame is looked for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// The journal; unknown before the first frame was read.
    pub journal: Option<u64>,
    /// The segment.
    pub segment: u64,
    /// The frame; unknown before the first one was read.
    pub frame: Option<u64>,
}

impl Wanted {
    /// Whether a header belongs to this use of the segment.
    fn is_of_this_use(&self, header: &Header) -> bool {
        header.segment == self.segment && self.journal.is_none_or(|ours| header.journal == ours)
    }

    fn is_next(&self, header: &Header) -> bool {
        self.is_of_this_use(header) && self.frame.is_none_or(|next| header.frame == next)
    }
}

/// Reads the frame at an offset, where it is the wanted one and whole.
pub fn frame_at(bytes: &[u8], offset: u64, wanted: Wanted) -> Option<(Header, &[u8])> {
    let rest = bytes.get(usize::try_from(offset).ok()?..)?;
    let (header, sum) = read_header(rest)?;
    if !wanted.is_next(&header) {
        return None;
    }
    Some((header, read_payload(rest, &header, sum)?))
}

/// Where a frame stands that can only have been written after the wanted one: the proof that the
/// wanted one had been whole. The header suffices, since what comes later is only begun when all
/// before it is durable.
pub fn later_frame(bytes: &[u8], from: u64, wanted: Wanted) -> Option<(u64, u64)> {
    let start = usize::try_from(from).ok()?;
    let mut offsets = (start..bytes.len()).step_by(SECTOR_BYTES);
    offsets.find_map(|offset| {
        let (header, _) = read_header(&bytes[offset..])?;
        let later = match wanted.frame {
            Some(next) => header.frame > next,
            None => offset > 0,
        };
        (wanted.is_of_this_use(&header) && later).then_some((offset as u64, header.frame))
    })
}

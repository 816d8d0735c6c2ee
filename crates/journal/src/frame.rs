//! One group as bytes. Pure; it must not know files.
//!
//! A frame tells which journal, which segment and which place in the order it belongs to, all under
//! its checksum: what an earlier use of a segment has left can never pass for a new frame, since no
//! segment number is ever used twice.

/// Frames begin at multiples of this many bytes: the unit in which disks write. A new frame that is
/// torn touches no sector of one that was acknowledged.
pub const SECTOR_BYTES: usize = 512;

/// Bytes before the payload.
pub const HEADER_BYTES: usize = 64;

/// Magic and format.
const MAGIC: [u8; 4] = *b"wlj1";

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A group.
    Group = 1,
    /// The last one before the journal was closed; it has no payload.
    Close = 2,
}

/// Everything about a frame but its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// What it is.
    pub kind: Kind,
    /// The journal's own number, drawn when it was made.
    pub journal: u64,
    /// The segment in which it lies.
    pub segment: u64,
    /// Its place in the order; grows by one.
    pub frame: u64,
    /// The oldest segment that the journal needed when it was written.
    pub oldest: u64,
    /// Bytes of payload.
    pub length: u64,
}

impl Header {
    /// Bytes that the frame takes in its segment: up to the next sector.
    pub fn span(&self) -> u64 {
        (HEADER_BYTES as u64).saturating_add(self.length).next_multiple_of(SECTOR_BYTES as u64)
    }
}

/// Writes a frame into a buffer, whose earlier content is gone; the payload comes in parts.
/// `length` in the header is filled in.
pub fn write(header: Header, parts: &[&[u8]], buffer: &mut Vec<u8>) -> Header {
    buffer.clear();
    buffer.resize(HEADER_BYTES, 0);
    parts.iter().for_each(|part| buffer.extend_from_slice(part));
    let header = Header { length: (buffer.len() - HEADER_BYTES) as u64, ..header };
    let payload_sum = crc32fast::hash(&buffer[HEADER_BYTES..]);
    let head = &mut buffer[..HEADER_BYTES];
    head[..4].copy_from_slice(&MAGIC);
    head[4..8].copy_from_slice(&(header.kind as u32).to_be_bytes());
    let numbers = [header.journal, header.segment, header.frame, header.oldest, header.length];
    for (place, number) in head[8..48].chunks_exact_mut(8).zip(numbers) {
        place.copy_from_slice(&number.to_be_bytes());
    }
    head[48..52].copy_from_slice(&payload_sum.to_be_bytes());
    let sum = crc32fast::hash(&head[..60]);
    head[60..].copy_from_slice(&sum.to_be_bytes());
    buffer.resize(buffer.len().next_multiple_of(SECTOR_BYTES), 0);
    header
}

/// Reads a header; nothing where there is none, or where a byte of it is not what was written.
pub fn read_header(bytes: &[u8]) -> Option<(Header, u32)> {
    let head = bytes.first_chunk::<HEADER_BYTES>()?;
    if head[..4] != MAGIC || crc32fast::hash(&head[..60]) != word(head, 60) {
        return None;
    }
    let kind = match word(head, 4) {
        1 => Kind::Group,
        2 => Kind::Close,
        _ => return None,
    };
    let number = |at| u64::from(word(head, at)) << 32 | u64::from(word(head, at + 4));
    let header = Header {
        kind,
        journal: number(8),
        segment: number(16),
        frame: number(24),
        oldest: number(32),
        length: number(40),
    };
    Some((header, word(head, 48)))
}

/// Reads a frame's payload, where all of it is there and as it was written.
pub fn read_payload<'a>(bytes: &'a [u8], header: &Header, sum: u32) -> Option<&'a [u8]> {
    let length = usize::try_from(header.length).ok()?;
    let payload = bytes.get(HEADER_BYTES..)?.get(..length)?;
    (crc32fast::hash(payload) == sum).then_some(payload)
}

fn word(head: &[u8; HEADER_BYTES], at: usize) -> u32 {
    u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]])
}

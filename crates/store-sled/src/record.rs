//! How a record of any length becomes rows of at most 4 KiB and, above 256 KiB, a file named by its
//! content; and back, with every byte checked. Pure; it must not know sled nor the disk.

use sha2::{Digest, Sha256};
use windlass_ports::digest::hex;

/// The largest value that sled is given: above some 7 KB it makes files that it never syncs.
pub const VALUE_BYTES_MAX: usize = 4096;

/// Bytes of a record in one row; leaves room for the prefix and what a tree puts before it.
pub const PART_BYTES: usize = 4000;

/// The largest record that is cut into rows; a larger one would fill whole groups of the committer.
pub const CHUNKED_BYTES_MAX: usize = 256 * 1024;

const INLINE: u8 = 0;
const CHUNKED: u8 = 1;
const OBJECT: u8 = 2;

/// A kind byte and a checksum.
const PREFIX_BYTES: usize = 5;

/// A record as rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    /// The row under the record's own key.
    pub row: Vec<u8>,
    /// Further rows, in order.
    pub chunks: Vec<Vec<u8>>,
    /// A file that must be durable before the row is.
    pub object: Option<Object>,
}

/// The content of a large record and the name of its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// The file's name: whose it is, and the content's digest.
    pub name: String,
    /// The file's content.
    pub bytes: Vec<u8>,
}

/// Where the rest of a record lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rest {
    /// Nowhere: the row held all of it.
    Nowhere(Vec<u8>),
    /// In so many rows.
    Chunks(u16),
    /// In a file.
    Object(String),
}

impl Packed {
    /// Bytes that go into sled.
    pub fn sled_bytes(&self) -> usize {
        self.row.len() + self.chunks.iter().map(Vec::len).sum::<usize>()
    }
}

/// Turns a record into rows; `tag` is its tree, so that no row can pass for another tree's.
pub fn pack(tag: u8, key: &[u8], bytes: Vec<u8>) -> Packed {
    if bytes.len() <= PART_BYTES {
        let mut row = recorded(INLINE, checksum(tag, key, INLINE, &[], &bytes));
        row.extend_from_slice(&bytes);
        return Packed { row, chunks: Vec::new(), object: None };
    }
    if bytes.len() <= CHUNKED_BYTES_MAX {
        let length = length_bytes(&bytes);
        let mut row = recorded(CHUNKED, checksum(tag, key, CHUNKED, &length, &bytes));
        row.extend_from_slice(&length);
        let chunks = bytes.chunks(PART_BYTES).map(<[u8]>::to_vec).collect();
        return Packed { row, chunks, object: None };
    }
    let mut place = length_bytes(&bytes).to_vec();
    place.extend_from_slice(&Sha256::digest(&bytes));
    let mut row = recorded(OBJECT, checksum(tag, key, OBJECT, &place, &[]));
    row.extend_from_slice(&place);
    let name = object_name(tag, key, &place[8..]);
    Packed { row, chunks: Vec::new(), object: Some(Object { name, bytes }) }
}

/// Reads a row and says where the rest lies; the checksum of what is elsewhere is checked by
/// [`unpack`].
pub fn open_row(tag: u8, key: &[u8], row: &[u8]) -> Result<Rest, String> {
    let (kind, sum, payload) = split(row)?;
    match kind {
        INLINE => {
            check(sum, checksum(tag, key, INLINE, &[], payload))?;
            Ok(Rest::Nowhere(payload.to_vec()))
        }
        CHUNKED => {
            let length = usize::try_from(length_of(payload)?).map_err(|error| error.to_string())?;
            let chunks = u16::try_from(length.div_ceil(PART_BYTES));
            Ok(Rest::Chunks(chunks.map_err(|_| format!("a record of {length} bytes in rows"))?))
        }
        OBJECT if payload.len() == 40 => {
            check(sum, checksum(tag, key, OBJECT, payload, &[]))?;
            Ok(Rest::Object(object_name(tag, key, &payload[8..])))
        }
        _ => Err(format!("a record of the unknown kind {kind}")),
    }
}

/// Checks what was fetched for a row: the joined chunks, or the file's content.
pub fn unpack(tag: u8, key: &[u8], row: &[u8], fetched: Vec<u8>) -> Result<Vec<u8>, String> {
    let (kind, sum, payload) = split(row)?;
    if length_of(payload)? != fetched.len() as u64 {
        return Err(format!("{} bytes where {} were written", fetched.len(), length_of(payload)?));
    }
    match kind {
        CHUNKED => check(sum, checksum(tag, key, CHUNKED, payload, &fetched))?,
        _ if Sha256::digest(&fetched)[..] == payload[8..] => {}
        _ => return Err("the file's content is not what was written".to_owned()),
    }
    Ok(fetched)
}

/// The key of a chunk in the tree of chunks.
pub fn chunk_key(tag: u8, key: &[u8], number: u16) -> Vec<u8> {
    let mut chunk = Vec::with_capacity(key.len() + 3);
    chunk.push(tag);
    chunk.extend_from_slice(key);
    chunk.extend_from_slice(&number.to_be_bytes());
    chunk
}

/// Whose a chunk is: the tree's tag and the record's key.
pub fn owner_of_chunk(key: &[u8]) -> Option<(u8, &[u8])> {
    let (tag, rest) = key.split_first()?;
    let (key, _) = rest.split_last_chunk::<2>()?;
    Some((*tag, key))
}

fn object_name(tag: u8, key: &[u8], digest: &[u8]) -> String {
    format!("{tag}-{}-{}", hex(key), hex(digest))
}

fn recorded(kind: u8, sum: u32) -> Vec<u8> {
    let mut row = Vec::with_capacity(PREFIX_BYTES + 64);
    row.push(kind);
    row.extend_from_slice(&sum.to_be_bytes());
    row
}

fn split(row: &[u8]) -> Result<(u8, u32, &[u8]), String> {
    let [kind, a, b, c, d, payload @ ..] = row else {
        return Err(format!("a row of {} bytes", row.len()));
    };
    Ok((*kind, u32::from_be_bytes([*a, *b, *c, *d]), payload))
}

fn length_bytes(bytes: &[u8]) -> [u8; 8] {
    (bytes.len() as u64).to_be_bytes()
}

fn length_of(payload: &[u8]) -> Result<u64, String> {
    let first = payload.first_chunk::<8>().ok_or("a record without a length")?;
    Ok(u64::from_be_bytes(*first))
}

fn checksum(tag: u8, key: &[u8], kind: u8, place: &[u8], bytes: &[u8]) -> u32 {
    let mut sum = crc32fast::Hasher::new();
    sum.update(&[tag, kind]);
    sum.update(key);
    sum.update(place);
    sum.update(bytes);
    sum.finalize()
}

fn check(expected: u32, actual: u32) -> Result<(), String> {
    if expected == actual { Ok(()) } else { Err("a wrong checksum".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(packed: &Packed) -> Result<Vec<u8>, String> {
        match open_row(7, b"key", &packed.row)? {
            Rest::Nowhere(bytes) => Ok(bytes),
            Rest::Chunks(count) => {
                assert_eq!(usize::from(count), packed.chunks.len());
                unpack(7, b"key", &packed.row, packed.chunks.concat())
            }
            Rest::Object(name) => {
                let object = packed.object.clone().unwrap();
                assert_eq!(name, object.name);
                unpack(7, b"key", &packed.row, object.bytes)
            }
        }
    }

    #[test]
    fn any_length_comes_back_and_no_value_is_too_large() {
        for length in [0, 1, 3999, 4000, 4001, 8000, 262_144, 262_145, 1_000_000] {
            let bytes: Vec<u8> = (0..length).map(|n| (n * 7 % 251) as u8).collect();
            let packed = pack(7, b"key", bytes.clone());
            assert!(packed.row.len() <= VALUE_BYTES_MAX - 16);
            assert!(packed.chunks.iter().all(|chunk| chunk.len() <= VALUE_BYTES_MAX));
            assert_eq!(round_trip(&packed), Ok(bytes));
        }
    }

    #[test]
    fn no_flipped_bit_passes() {
        for length in [9, 9000, 300_000] {
            let packed = pack(7, b"key", vec![5; length]);
            for bit in 0..packed.row.len() * 8 {
                let mut flipped = packed.clone();
                flipped.row[bit / 8] ^= 1 << (bit % 8);
                let read = std::panic::catch_unwind(|| round_trip(&flipped));
                assert!(!matches!(read, Ok(Ok(_))), "bit {bit} of {length} bytes");
            }
        }
        let packed = pack(7, b"key", vec![5; 9]);
        assert!(open_row(7, b"kez", &packed.row).is_err(), "another key");
        assert!(open_row(6, b"key", &packed.row).is_err(), "another tree");
    }
}

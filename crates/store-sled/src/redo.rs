//! The rows of a small group as the bytes that can write them again. Pure; it must not know when
//! that is needed.

use crate::frame::VALUE_BYTES_MAX;
use crate::mark::Height;
use crate::table::{Table, Write};

/// The largest packed group: with the height before it, it is one value of sled's.
const PACKED_BYTES_MAX: usize = VALUE_BYTES_MAX - Height::BYTES;

/// Stands in the place of a value's length where the row is deleted.
const DELETED: u16 = u16::MAX;

/// A small group.
#[derive(Debug)]
pub struct Rows<'a> {
    /// Its rows, each key once.
    pub writes: Vec<&'a Write>,
    /// The same as bytes.
    pub packed: Vec<u8>,
}

/// Packs a group; nothing where it is too large for one value. Chunks are left to a transaction: a
/// reader must not find a record's parts gone while its row is still there.
pub fn pack(writes: &[Write]) -> Option<Rows<'_>> {
    let mut packed = Vec::new();
    let mut rows: Vec<&Write> = Vec::with_capacity(writes.len());
    for (at, write) in writes.iter().enumerate() {
        if write.table == Table::Chunks {
            return None;
        }
        let mut later = writes[at + 1..].iter();
        if later.any(|later| later.table == write.table && later.key == write.key) {
            continue;
        }
        pack_row(write, &mut packed)?;
        if packed.len() > PACKED_BYTES_MAX {
            return None;
        }
        rows.push(write);
    }
    Some(Rows { writes: rows, packed })
}

fn pack_row(write: &Write, packed: &mut Vec<u8>) -> Option<()> {
    let key = u16::try_from(write.key.len()).ok()?;
    let value = write.value.as_deref();
    let length = value.map_or(Some(DELETED), |value| {
        u16::try_from(value.len()).ok().filter(|length| *length != DELETED)
    })?;
    packed.push(write.table as u8);
    packed.extend_from_slice(&key.to_be_bytes());
    packed.extend_from_slice(&length.to_be_bytes());
    packed.extend_from_slice(&write.key);
    packed.extend_from_slice(value.unwrap_or_default());
    Some(())
}

/// Reads a packed group; nothing where it is none.
pub fn unpack(mut packed: &[u8]) -> Option<Vec<Write>> {
    let mut writes = Vec::new();
    while let Some((table, rest)) = packed.split_first() {
        let (key, rest) = rest.split_first_chunk::<2>()?;
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let (key, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*key)))?;
        let (value, rest) = match u16::from_be_bytes(*length) {
            DELETED => (None, rest),
            length => {
                let (value, rest) = rest.split_at_checked(usize::from(length))?;
                (Some(value.into()), rest)
            }
        };
        writes.push(Write { table: Table::of(*table)?, key: key.into(), value });
        packed = rest;
    }
    Some(writes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(table: Table, key: &[u8], value: Option<&[u8]>) -> Write {
        Write { table, key: key.into(), value: value.map(Into::into) }
    }

    #[test]
    fn a_small_group_comes_back_with_each_key_once() {
        let writes = [
            write(Table::Events, b"a", Some(b"1")),
            write(Table::Heads, b"a", Some(b"old")),
            write(Table::Locks, b"", None),
            write(Table::Signals, b"s", Some(b"")),
            write(Table::Heads, b"a", Some(b"new")),
        ];
        let rows = pack(&writes).unwrap();
        let kept = [0, 2, 3, 4].map(|at| writes[at].clone());
        assert_eq!(unpack(&rows.packed).unwrap(), kept);
        assert!(rows.writes.into_iter().eq(&kept));
        assert!((1..rows.packed.len()).all(|cut| {
            unpack(&rows.packed[..cut]).is_none_or(|short| short.len() < kept.len())
        }));
    }

    #[test]
    fn large_groups_and_chunks_are_left_to_a_transaction() {
        let value = vec![7; PACKED_BYTES_MAX - 6];
        assert!(pack(&[write(Table::Events, b"k", Some(&value))]).is_some());
        assert!(pack(&[write(Table::Events, b"kk", Some(&value))]).is_none());
        assert!(pack(&[write(Table::Chunks, b"k", None)]).is_none());
    }
}

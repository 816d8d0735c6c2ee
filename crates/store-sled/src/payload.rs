//! A group's rows as the bytes of one frame of the journal, and back. Pure.

use crate::height::Height;
use crate::table::{Table, Writes};
use sled::IVec;

/// Stands in the place of a value's length where the row is deleted.
const DELETED: u16 = u16::MAX;

/// Bytes that a row takes beside its key and its value: table, and both lengths.
pub const ROW_BYTES: usize = 5;

/// A row of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// Where.
    pub table: Table,
    /// Its key.
    pub key: &'a [u8],
    /// Its value; nothing where it was deleted.
    pub value: Option<&'a [u8]>,
}

/// Packs rows behind the height that they reach; says which one cannot be packed. None can be too
/// long: records are cut, and names are short.
pub fn pack(height: Height, writes: &Writes, packed: &mut Vec<u8>) -> Result<(), String> {
    packed.clear();
    packed.extend_from_slice(&height.to_bytes());
    for (table, key, value) in writes.iter() {
        let too_long = || format!("a row of {table:?} is too long for the journal");
        let value_length = value.as_ref().map_or(Ok(DELETED), |value| {
            let length = u16::try_from(value.len()).ok().filter(|length| *length != DELETED);
            length.ok_or_else(too_long)
        })?;
        packed.push(table as u8);
        let key_length = u16::try_from(key.len()).map_err(|_| too_long())?;
        packed.extend_from_slice(&key_length.to_be_bytes());
        packed.extend_from_slice(&value_length.to_be_bytes());
        packed.extend_from_slice(key);
        packed.extend_from_slice(value.as_deref().unwrap_or_default());
    }
    Ok(())
}

/// Reads the height and the rows of a frame; nothing where it is none of ours.
pub fn unpack(packed: &[u8]) -> Option<(Height, Vec<Row<'_>>)> {
    let (height, rows) = Height::split(packed)?;
    Some((height, unpack_rows(rows)?))
}

/// Reads rows.
pub fn unpack_rows(mut packed: &[u8]) -> Option<Vec<Row<'_>>> {
    let mut rows = Vec::new();
    while let Some((table, rest)) = packed.split_first() {
        let (key, rest) = rest.split_first_chunk::<2>()?;
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let (key, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*key)))?;
        let (value, rest) = match u16::from_be_bytes(*length) {
            DELETED => (None, rest),
            length => {
                let (value, rest) = rest.split_at_checked(usize::from(length))?;
                (Some(value), rest)
            }
        };
        rows.push(Row { table: Table::of(*table)?, key, value });
        packed = rest;
    }
    Some(rows)
}

/// Bytes that a row takes in the journal while it lives.
pub fn weight(key: &[u8], value: Option<&IVec>) -> u64 {
    value.map_or(0, |value| (ROW_BYTES + key.len() + value.len()) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_with_the_last_value_of_each_key() {
        let height = Height { changes: 3, tally: 1 << 90, live: 7 };
        let mut writes = Writes::default();
        for (table, key, value) in [
            (Table::Events, "a", Some("1")),
            (Table::Heads, "a", Some("old")),
            (Table::Locks, "", None),
            (Table::Signals, "s", Some("")),
            (Table::Heads, "a", Some("new")),
        ] {
            writes.insert(table, key.into(), value.map(Into::into));
        }
        let mut packed = Vec::new();
        pack(height, &writes, &mut packed).unwrap();
        let (read, rows) = unpack(&packed).unwrap();
        let row = |table, key: &'static str, value: Option<&'static str>| Row {
            table,
            key: key.as_bytes(),
            value: value.map(str::as_bytes),
        };
        let expected = [
            row(Table::Heads, "a", Some("new")),
            row(Table::Events, "a", Some("1")),
            row(Table::Signals, "s", Some("")),
            row(Table::Locks, "", None),
        ];
        assert_eq!((read, &rows[..]), (height, &expected[..]));
        assert!((1..packed.len()).all(|cut| {
            unpack(&packed[..cut]).is_none_or(|(_, short)| short.len() < expected.len())
        }));
        writes.insert(Table::Events, "long".into(), Some(vec![0; 70_000].into()));
        assert!(pack(height, &writes, &mut packed).unwrap_err().contains("too long"));
    }
}

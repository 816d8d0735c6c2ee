//! Says which objects no row names: left by a crash between an object and its row, or by an append
//! that was refused. In doubt an object stays.

use crate::books::Books;
use crate::index::Index;
use crate::objects::owner_of;
use crate::record::{Rest, open_row};
use crate::rows::{number_of, read_numbered_row, run_of};
use crate::table::Table;

/// Whether an object is named by a row, or might be.
pub fn is_named(index: &Index, books: &Books, name: &str) -> bool {
    let Some((tag, key)) = owner_of(name) else { return true };
    let tables = [Table::Events, Table::Signals, Table::Checkpoints, Table::Workflows];
    let Some(table) = tables.into_iter().find(|table| *table as u8 == tag) else { return true };
    let row_key = if table == Table::Checkpoints { key.get(..16).unwrap_or(&[]) } else { &key };
    match index.get(table, row_key) {
        Err(_) => true,
        Ok(None) => table == Table::Events && is_due(books, &key),
        Ok(Some(row)) => {
            let numbered = matches!(table, Table::Signals | Table::Checkpoints);
            let recorded = if numbered {
                read_numbered_row(&row).map(|(_, rest)| rest)
            } else {
                Some(&row[..])
            };
            match recorded.map(|recorded| open_row(tag, &key, recorded)) {
                Some(Ok(Rest::Object(named))) => named == name,
                Some(Ok(Rest::Nowhere(_) | Rest::Chunks(_))) => false,
                // A row of another number fails its checksum under this key; a consumed signal is
                // empty.
                Some(Err(_)) => table != Table::Checkpoints,
                None => false,
            }
        }
    }
}

/// Whether a run should have an event that it has not: then its object is evidence.
fn is_due(books: &Books, key: &[u8]) -> bool {
    let last = run_of(key).and_then(|run| books.find(run)).map_or(0, |book| book.standing.seq);
    number_of(key).is_some_and(|seq| seq <= last)
}

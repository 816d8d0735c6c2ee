//! Takes over a store of an older format, in which sled held the only copy: checks it as it was
//! checked then, and writes all of its rows into a fresh journal. Nothing of the old store is
//! changed by it before the journal is whole and durable, so that it can be begun again after any
//! crash.

use crate::height::Height;
use crate::index_error::{IndexError, IndexResult, ask};
use crate::layout::{Layout, gone, make_folder};
use crate::log::{Log, open_log, refused};
use crate::open_error::OpenError;
use crate::payload::{pack, unpack_rows, weight};
use crate::safe_open::open_trees;
use crate::table::{Table, Writes};
use crate::trees::{Trees, digest, rows};
use sha2::{Digest, Sha256};
use std::fs;
use std::io;

/// Where the old trees said how far they were: changes and tally, and at times the rows of the last
/// group, to be written again.
const HEIGHT_KEY: &[u8] = b"height";

/// Bytes of rows in a frame, about.
const FRAME_BYTES: u64 = 1024 * 1024;

/// The two places of the old high-water mark.
const SLOTS: [usize; 2] = [0, 4096];

/// Writes the journal of an older store. Its file `format` says afterwards that it is taken over.
pub fn upgrade(layout: &Layout) -> Result<(), OpenError> {
    let io =
        |what| move |source| OpenError::Io { store: layout.root().to_path_buf(), what, source };
    let damaged = |why: String| OpenError::Damaged { store: layout.root().to_path_buf(), why };
    tracing::info!("the store is of an older format: its journal is written");
    let mark = fs::read(layout.mark()).map_err(io("reading its mark"))?;
    let marked = SLOTS.iter().filter_map(|at| read_slot(mark.get(*at..)?)).max();
    let Some((marked, marked_tally)) = marked else {
        return Err(damaged("its high-water mark cannot be read".to_owned()));
    };
    let index = |error| match error {
        IndexError::Damaged(why) => damaged(why),
        IndexError::Refused(source) => io("reading sled, its only copy")(source),
    };
    let trees = open_old(layout).map_err(index)?;
    let mut height = redo(&trees).map_err(index)?;
    let (tally, live) = weigh(&trees).map_err(index)?;
    if tally != height.tally {
        return Err(damaged("its rows are not those that were written last".to_owned()));
    }
    if height.changes < marked {
        let (store, found) = (layout.root().to_path_buf(), height.changes);
        return Err(OpenError::Behind { store, found, marked });
    }
    if height.changes == marked && height.tally != marked_tally {
        return Err(damaged("it differs from what its high-water mark has seen".to_owned()));
    }
    height.live = live;
    gone(fs::remove_dir_all(layout.journal()))
        .map_err(io("clearing a journal that was cut short"))?;
    let log = open_log(layout, 0)?;
    write(layout, &trees, log, height)
}

/// Opens the old trees; where that fails for what lies there, once more without sled's snapshots.
fn open_old(layout: &Layout) -> IndexResult<Trees> {
    let first = match open_trees(layout) {
        Err(IndexError::Damaged(first)) => first,
        opened => return opened,
    };
    tracing::warn!(%first, "sled does not open; its snapshots are set aside");
    let aside = || {
        make_folder(&layout.damaged())?;
        for entry in fs::read_dir(layout.sled())? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with("snap.") {
                fs::rename(entry.path(), layout.damaged().join(entry.file_name()))?;
            }
        }
        Ok(())
    };
    aside().map_err(|error: io::Error| IndexError::Refused(error))?;
    open_trees(layout).map_err(|second| {
        second.about(format!("sled cannot read its files ({first}), nor without its snapshots"))
    })
}

/// Completes the last group where a crash cut it short; returns how far the store is.
fn redo(trees: &Trees) -> IndexResult<Height> {
    let row = ask(|| trees.raw(Table::Meta).get(HEIGHT_KEY))?;
    let row = row.ok_or("its height is missing")?;
    let read = || {
        let (changes, rest) = row.split_first_chunk::<8>()?;
        let (tally, rest) = rest.split_first_chunk::<16>()?;
        let tally = u128::from_be_bytes(*tally);
        Some((Height { changes: u64::from_be_bytes(*changes), tally, live: 0 }, rest))
    };
    let (height, rest) = read().ok_or("its height cannot be read")?;
    for row in unpack_rows(rest).unwrap_or_default() {
        let tree = trees.raw(row.table);
        ask(|| match row.value {
            Some(value) => tree.insert(row.key, value),
            None => tree.remove(row.key),
        })?;
    }
    Ok(height)
}

/// Sums up the rows: their tally and their bytes.
fn weigh(trees: &Trees) -> IndexResult<(u128, u64)> {
    let (mut tally, mut live) = (0_u128, 0);
    for table in Table::all() {
        for row in rows(trees.raw(table).iter()) {
            let (key, value) = row?;
            live += weight(&key, Some(&value));
            if table.is_tallied() {
                tally = tally.wrapping_add(digest(table, &key, Some(&value)));
            }
        }
    }
    Ok((tally, live))
}

/// Writes all rows of some trees, as they lie in sled, into a fresh journal.
fn write(layout: &Layout, trees: &Trees, mut log: Log, height: Height) -> Result<(), OpenError> {
    let damaged = |why: String| OpenError::Damaged { store: layout.root().to_path_buf(), why };
    let mut writes = Writes::default();
    let mut payload = Vec::new();
    let mut bytes = 0;
    let mut commit = |writes: &mut Writes| {
        pack(height, writes, &mut payload).map_err(damaged)?;
        writes.clear();
        log.commit(&[&payload]).map_err(|error| refused(layout, error))
    };
    for table in Table::all() {
        for row in rows(trees.raw(table).iter()) {
            let (key, value) = row.map_err(|error| damaged(error.to_string()))?;
            bytes += weight(&key, Some(&value));
            writes.insert(table, key, Some(value));
            if bytes > FRAME_BYTES {
                commit(&mut writes)?;
                bytes = 0;
            }
        }
    }
    commit(&mut writes)?;
    log.close().map_err(|error| refused(layout, error))
}

/// Reads one place of the old mark: changes and tally, under a checksum.
fn read_slot(bytes: &[u8]) -> Option<(u64, u128)> {
    let body = bytes.get(..32)?;
    let sum = bytes.get(32..48)?;
    if body[..8] != *b"windmark" || Sha256::digest(body)[..16] != *sum {
        return None;
    }
    let (changes, rest) = body[8..].split_first_chunk::<8>()?;
    Some((u64::from_be_bytes(*changes), u128::from_be_bytes(rest.try_into().ok()?)))
}

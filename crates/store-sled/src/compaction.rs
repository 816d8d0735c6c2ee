//! Gives the journal's room back: what still lives of its oldest segment is written again, a little
//! with each group, until nobody needs that segment. A row is dead where the index has a newer one,
//! or where the books do not know it any more; that the index has lost it is no reason. The other
//! way round, where frames of the journal have rotted, their rows are taken out of the index.

use crate::books::Books;
use crate::commit_error::CommitError;
use crate::index::Index;
use crate::log::Log;
use crate::payload::{Row, unpack, weight};
use crate::record::owner_of_chunk;
use crate::rows::{number_of, run_of, signal_of};
use crate::table::{Table, Writes};
use std::fs::File;
use std::ops::RangeInclusive;
use windlass_journal::{JournalError, Walk};

/// The journal may hold so many times what lives: each byte is then written about twice in its
/// life.
const TIMES_LIVE_MAX: u64 = 2;

/// What it may hold in any case, in bytes: small stores are left in peace.
pub const JOURNAL_BYTES_FLOOR: u64 = 8 * 1024 * 1024;

/// Bytes of old frames that are read for each byte of a group: more than the two that keep pace
/// where half of what is read lives.
const READ_FOR_EACH: u64 = 3;

/// Bytes that are read at once when nobody waits; with a group never more, so that nobody waits
/// long for what others have left.
const IDLE_BYTES: u64 = 256 * 1024;

/// How far the oldest segment has been gone through.
#[derive(Debug)]
pub struct Compaction {
    /// What the journal may hold in any case, in bytes.
    floor: u64,
    walk: Option<Walk<File>>,
    /// Whether all of it was.
    done: bool,
    payload: Vec<u8>,
}

impl Compaction {
    /// Begins, for a journal that may hold so many bytes in any case.
    pub fn new(floor: u64) -> Self {
        Self { floor, walk: None, done: false, payload: Vec::new() }
    }

    /// Whether the journal holds more than it should, beside what lives.
    fn is_due(&self, log: &Log, live: u64, times: u64) -> bool {
        let floor = self.floor.saturating_mul(times - 1);
        log.bytes() > live.saturating_mul(times).saturating_add(floor)
    }

    /// Whether something can be done while nobody waits: only where a good deal can be gained,
    /// since each time costs a sync.
    pub fn wishes(&self, log: &Log, live: u64, noted: u64) -> bool {
        self.is_due(log, live, TIMES_LIVE_MAX + 1)
            && log.oldest_segment() < log.active_segment()
            && (!self.done || Self::can_go(log, noted))
    }

    /// Whether the index is durably complete beyond the oldest segment.
    fn can_go(log: &Log, noted: u64) -> bool {
        log.last_of(log.oldest_segment()).is_some_and(|last| last <= noted)
    }

    /// The way through the oldest segment, as far as it was gone; nothing where that is the one
    /// that is written to.
    fn walk(&mut self, log: &Log) -> Result<Option<Walk<File>>, JournalError> {
        match self.walk.take().filter(|walk| walk.segment() == log.oldest_segment()) {
            Some(walk) => Ok(Some(walk)),
            None => log.walk_oldest(),
        }
    }

    /// Adds rows of the oldest segment to a group's own.
    pub fn add(
        &mut self,
        log: &Log,
        (index, books): (&Index, &Books),
        live: u64,
        writes: &mut Writes,
    ) -> Result<(), CommitError> {
        if self.done || !self.is_due(log, live, TIMES_LIVE_MAX) {
            return Ok(());
        }
        let Some(mut walk) = self.walk(log)? else { return Ok(()) };
        let own: u64 = writes.iter().map(|(_, key, value)| weight(key, value.as_ref())).sum();
        let budget = if own == 0 { IDLE_BYTES } else { IDLE_BYTES.min(own * READ_FOR_EACH) };
        let end = walk.offset().saturating_add(budget);
        while walk.offset() < end {
            match walk.next(&mut self.payload) {
                Ok(Some(frame)) => {
                    keep_what_lives((index, books), frame, &self.payload, writes)?;
                }
                Ok(None) => {
                    self.done = true;
                    break;
                }
                Err(damage @ JournalError::Damaged { .. }) => {
                    let frames = walk.skip()?;
                    tracing::error!(%damage, ?frames, "the journal: what lives is in the index");
                    keep_what_is_indexed(index, &frames, writes)?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        self.walk = Some(walk);
        Ok(())
    }

    /// Lets the oldest segment go, once it was gone through, what lived in it is durable elsewhere,
    /// and the index is durably complete beyond it. To be asked before each group: the group says
    /// durably that the segment is not needed.
    pub fn release(&mut self, log: &mut Log, noted: u64) {
        if self.done && Self::can_go(log, noted) {
            log.release_before(log.oldest_segment() + 1);
            (self.walk, self.done) = (None, false);
        }
    }
}

fn keep_what_lives(
    (index, books): (&Index, &Books),
    frame: u64,
    payload: &[u8],
    writes: &mut Writes,
) -> Result<(), CommitError> {
    if payload.is_empty() {
        return Ok(());
    }
    let foreign = || CommitError::Rows(format!("frame {frame} holds no rows of a store"));
    let rows = unpack(payload).ok_or_else(foreign)?.1;
    for row in rows {
        // What deletes a row is needed while older values are there; those went before.
        if row.value.is_none() || writes.get(row.table, row.key).is_some() {
            continue;
        }
        let now = index.find(row.table, row.key)?;
        let lives = match now {
            Some((written, _)) if written >= frame => written == frame,
            _ => is_missed(books, &row),
        };
        if lives {
            writes.insert(row.table, row.key.into(), row.value.map(Into::into));
        }
    }
    Ok(())
}

/// Frames that have rotted: the index knows of each of its rows which frame wrote it, so that what
/// lives of them is there. All of it is gone through, which takes its time and is rare.
fn keep_what_is_indexed(
    index: &Index,
    frames: &RangeInclusive<u64>,
    writes: &mut Writes,
) -> Result<(), CommitError> {
    for table in Table::all() {
        for row in index.trees.all_written(table) {
            let (frame, key, value) = row?;
            if !frames.contains(&frame) || writes.get(table, &key).is_some() {
                continue;
            }
            let now = index.find(table, &key)?;
            if now.is_some_and(|(written, _)| written == frame) {
                writes.insert(table, key, Some(value));
            }
        }
    }
    Ok(())
}

/// Whether a row must be there though the index does not have it, or has an older one: sled has
/// lost it in silence. The small tables were summed up at open, and need no second witness.
fn is_missed(books: &Books, row: &Row<'_>) -> bool {
    match row.table {
        Table::Events => is_event(books, row.key),
        Table::Chunks => {
            owner_of_chunk(row.key).is_some_and(|(table, key)| match Table::of(table) {
                Some(Table::Events) => is_event(books, key),
                Some(Table::Signals) => signal_of(key).is_some_and(|(run, id)| {
                    let book = books.find(run);
                    book.is_some_and(|book| book.signals.pending.values().any(|one| *one == id))
                }),
                Some(Table::Checkpoints) => {
                    let book = run_of(key).and_then(|run| books.find(run));
                    book.is_some_and(|book| book.checkpoint == number_of(key))
                }
                Some(Table::Workflows) => {
                    std::str::from_utf8(key).is_ok_and(|digest| books.workflows.contains(digest))
                }
                _ => false,
            })
        }
        _ => false,
    }
}

fn is_event(books: &Books, key: &[u8]) -> bool {
    let last = run_of(key).and_then(|run| books.find(run)).map_or(0, |book| book.standing.seq);
    number_of(key).is_some_and(|seq| seq <= last)
}

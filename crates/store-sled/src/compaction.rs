//! Gives the journal's room back: what still lives of its oldest segment is written again, a little
//! with each group, until nobody needs that segment. A row is dead where the index has a newer one,
//! or where the books do not know it any more; that the index has lost it is no reason.

use crate::books::Books;
use crate::commit_error::CommitError;
use crate::frame::owner_of_chunk;
use crate::index::Index;
use crate::log::Log;
use crate::payload::{Row, unpack, weight};
use crate::rows::{number_of, run_of, signal_of};
use crate::table::{Table, Writes};
use windlass_journal::Place;

/// The journal may hold so many times what lives: each byte is then written about twice in its
/// life.
const HELD_MAX: u64 = 2;

/// What it may hold in any case, in bytes: small stores are left in peace.
const HELD_FLOOR: u64 = 8 * 1024 * 1024;

/// Bytes of old frames that are read for each byte of a group: more than the two that keep pace
/// where half of what is read lives.
const READ_FOR_EACH: u64 = 3;

/// Bytes that are read at once when nobody waits; with a group never more, so that nobody waits
/// long for what others have left.
const IDLE_BYTES: u64 = 256 * 1024;

/// How far the oldest segment has been gone through.
#[derive(Debug, Default)]
pub struct Compaction {
    next: Option<Place>,
    /// Whether all of it was.
    done: bool,
    payload: Vec<u8>,
}

impl Compaction {
    /// Whether the journal holds more than it should, beside what lives.
    fn is_due(log: &Log, live: u64, times: u64) -> bool {
        log.bytes() > live.saturating_mul(times).saturating_add(HELD_FLOOR * (times - 1))
    }

    /// Whether something can be done while nobody waits: only where a good deal can be gained,
    /// since each time costs a sync.
    pub fn wishes(&self, log: &Log, live: u64) -> bool {
        !self.done && Self::is_due(log, live, HELD_MAX + 1) && self.place(log).is_some()
    }

    /// Where to go on; nothing where the oldest segment is the one that is written to.
    fn place(&self, log: &Log) -> Option<Place> {
        let beginning = log.beginning();
        let next = self.next.filter(|next| next.segment == beginning.segment);
        (beginning.segment < log.active_segment()).then_some(next.unwrap_or(beginning))
    }

    /// Adds rows of the oldest segment to a group's own.
    pub fn add(
        &mut self,
        log: &Log,
        (index, books): (&Index, &Books),
        live: u64,
        writes: &mut Writes,
    ) -> Result<(), CommitError> {
        if self.done || !Self::is_due(log, live, HELD_MAX) {
            return Ok(());
        }
        let Some(mut place) = self.place(log) else { return Ok(()) };
        let own: u64 = writes.iter().map(|(_, key, value)| weight(key, value.as_ref())).sum();
        let budget = if own == 0 { IDLE_BYTES } else { IDLE_BYTES.min(own * READ_FOR_EACH) };
        let end = place.offset.saturating_add(budget);
        while place.offset < end {
            let read = log.read(place, &mut self.payload)?;
            let Some((frame, next)) = read else {
                self.done = true;
                break;
            };
            keep_what_lives((index, books), frame, &self.payload, writes)?;
            place = next;
        }
        self.next = Some(place);
        Ok(())
    }

    /// Lets the oldest segment go, once it was gone through, what lived in it is durable elsewhere,
    /// and the index is durably complete beyond it. To be asked after each durable group.
    pub fn release(&mut self, log: &mut Log, noted: u64) {
        let oldest = log.beginning().segment;
        if self.done && log.last_of(oldest).is_some_and(|last| last <= noted) {
            log.release_before(oldest + 1);
            *self = Self { payload: std::mem::take(&mut self.payload), ..Self::default() };
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

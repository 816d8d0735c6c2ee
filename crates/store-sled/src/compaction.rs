//! Gives the journal's room back: what still lives of its oldest segment is written again, a little
//! with each group, until nobody needs that segment. It must not know what a row means: a row lives
//! where the index says that this very frame wrote it.

use crate::index::Index;
use crate::log::Log;
use crate::payload::unpack;
use crate::table::Writes;
use windlass_journal::Place;

/// The journal may hold so many times what lives: each byte is then written about twice in its
/// life.
const HELD_MAX: u64 = 2;

/// What it may hold in any case, in bytes: small stores are left in peace.
const HELD_FLOOR: u64 = 8 * 1024 * 1024;

/// Bytes of old frames that are read for each byte of a group: more than the two that keep pace
/// where half of what is read lives.
const READ_FOR_EACH: u64 = 3;

/// Bytes that are read at once when nobody waits.
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

    /// Adds rows of the oldest segment to a group of so many bytes.
    pub fn add(
        &mut self,
        log: &Log,
        index: &Index,
        live: u64,
        bytes: u64,
        writes: &mut Writes,
    ) -> Result<(), String> {
        if self.done || !Self::is_due(log, live, HELD_MAX) {
            return Ok(());
        }
        let Some(mut place) = self.place(log) else { return Ok(()) };
        let budget = if bytes == 0 { IDLE_BYTES } else { bytes.saturating_mul(READ_FOR_EACH) };
        let end = place.offset.saturating_add(budget);
        while place.offset < end {
            let read = log.read(place, &mut self.payload).map_err(|error| error.to_string())?;
            let Some((frame, next)) = read else {
                self.done = true;
                break;
            };
            keep_what_lives(index, frame, &self.payload, writes)?;
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
    index: &Index,
    frame: u64,
    payload: &[u8],
    writes: &mut Writes,
) -> Result<(), String> {
    if payload.is_empty() {
        return Ok(());
    }
    let rows = unpack(payload).ok_or_else(|| format!("frame {frame} holds no rows of a store"))?.1;
    for row in rows {
        // What deletes a row is needed while older values are there; those went before.
        if row.value.is_none() || writes.get(row.table, row.key).is_some() {
            continue;
        }
        let now = index.find(row.table, row.key).map_err(|error| error.to_string())?;
        if let Some((_, value)) = now.filter(|(written, _)| *written == frame) {
            writes.insert(row.table, row.key.into(), Some(value));
        }
    }
    Ok(())
}

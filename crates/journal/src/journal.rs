//! The journal: takes groups, makes each durable by one write and one sync, and gives them out
//! again. It must not know what is in a group, what time it is, or whether a thread helps.

use crate::disk::{Disk, DiskFile};
use crate::error::JournalError;
use crate::frame::{self, Header, Kind, SECTOR_BYTES};
use crate::known::Full;
use crate::recover::{Recovered, Segment, recover};
use crate::segment;
use crate::supply::{Order, Supplier};
use std::collections::VecDeque;

/// About how many segments hold what a journal holds, until they have their full length: the oldest
/// of a few can be given back soon, and a spare one is small beside what is held.
const SEGMENTS_HELD: u64 = 4;

/// How long segments are.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// The first ones, in bytes: what a journal costs that is hardly used.
    pub least: u64,
    /// The longest, in bytes; a longer group makes its segment longer. Segments grow with what the
    /// journal holds.
    pub most: u64,
}

impl Default for Sizes {
    /// A first segment of 256 KiB is made in some milliseconds. 16 MiB are filled in about a second
    /// of full load, so that making, giving back and syncing the folder cost nothing beside it.
    fn default() -> Self {
        Self { least: 256 * 1024, most: 16 * 1024 * 1024 }
    }
}

/// The open journal.
pub struct Journal<D: Disk, S: Supplier<D>> {
    pub(crate) disk: D,
    supplier: S,
    sizes: Sizes,
    pub(crate) number: u64,
    /// Segments that take no more frames.
    pub(crate) full: VecDeque<Full>,
    /// The one that takes frames.
    pub(crate) active: Segment<D::File>,
    ready: Option<Segment<D::File>>,
    last: u64,
    last_group: u64,
    /// Whether a frame lies behind the last one that is not durable and may be replaced.
    staged: bool,
    /// The oldest segment that is needed.
    oldest: u64,
    /// Segments to be given back once a frame says durably that they are not needed: number, and
    /// length in bytes.
    retiring: Vec<(u64, u64)>,
    buffer: Vec<u8>,
    broken: Option<String>,
}

impl<D: Disk, S: Supplier<D>> Journal<D, S> {
    /// Opens the journal of a folder and checks every frame; makes it where there is none, with a
    /// number of its own that the caller draws.
    pub fn open(
        disk: &D,
        supplier: S,
        sizes: Sizes,
        new_number: u64,
    ) -> Result<Self, JournalError> {
        Self::open_from(0, disk, supplier, sizes, new_number)
    }

    /// The same for whoever has what was before a frame: it checks the segment that holds this
    /// frame and those after it, and of the others only that they are there.
    pub fn open_from(
        frame: u64,
        disk: &D,
        mut supplier: S,
        sizes: Sizes,
        new_number: u64,
    ) -> Result<Self, JournalError> {
        let found = recover(disk, frame)?;
        let Recovered { full, active, mut ready, leftovers, last, last_group } = found;
        if let (Some(active), Some(last)) = (&active, last) {
            settle(active, last)?;
        }
        // The last frame is durable, and it is what says that these are not needed.
        let give_back = JournalError::io("folder", "giving a segment back");
        leftovers
            .into_iter()
            .try_for_each(|number| supplier.retire(number, false))
            .map_err(give_back)?;
        let active = match active {
            Some(active) => active,
            None => {
                let first = match ready.take() {
                    Some(ready) => ready,
                    None => take(&mut supplier, Order { number: 1, bytes: sizes.least })?,
                };
                Segment { first: 1, ..first }
            }
        };
        let oldest = full.first().map_or(active.number, |segment| segment.number);
        Ok(Self {
            disk: disk.clone(),
            supplier,
            sizes,
            number: last.map_or(new_number, |last| last.journal),
            full: full.into(),
            active,
            ready,
            last: last.map_or(0, |last| last.frame),
            last_group: last_group.unwrap_or(0),
            staged: false,
            oldest,
            retiring: Vec::new(),
            buffer: Vec::new(),
            broken: None,
        })
    }

    /// The number of the last durable frame; zero where there is none.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// The number of the last durable frame that is a group; zero where none was read. Behind it
    /// comes at most a closing frame, whose loss takes nothing along.
    pub fn last_group(&self) -> u64 {
        self.last_group
    }

    /// The number of the oldest frame that is still there.
    pub fn first(&self) -> u64 {
        self.full.front().map_or(self.active.first, |segment| segment.first)
    }

    /// Bytes of the files that hold frames, and of the last one what is used of it.
    pub fn bytes(&self) -> u64 {
        self.full.iter().map(|segment| segment.bytes).sum::<u64>() + self.active.end
    }

    /// The segment that takes frames.
    pub fn active_segment(&self) -> u64 {
        self.active.number
    }

    /// The oldest segment.
    pub fn oldest_segment(&self) -> u64 {
        self.full.front().map_or(self.active.number, |segment| segment.number)
    }

    /// Whether segments wait to be given back by the next durable frame.
    pub fn owes_a_frame(&self) -> bool {
        !self.retiring.is_empty()
    }

    /// Makes a group durable, given in parts, and returns its number. It takes the place of a
    /// staged one.
    pub fn commit(&mut self, parts: &[&[u8]]) -> Result<u64, JournalError> {
        let committed = self.write(Kind::Group, parts, true);
        self.finally(committed)
    }

    /// Writes a group without making it durable: it survives the end of this process, but no power
    /// cut, and the next group takes its place and number.
    pub fn stage(&mut self, parts: &[&[u8]]) -> Result<(), JournalError> {
        let staged = self.write(Kind::Group, parts, false);
        self.finally(staged).map(|_| ())
    }

    /// Closes the journal: from now on a change of any byte before the end is noticed.
    pub fn close(mut self) -> Result<(), JournalError> {
        // A second one in a row would only say the same.
        if self.last > self.last_group && !self.staged {
            return Ok(());
        }
        self.write(Kind::Close, &[], true).map(|_| ())
    }

    /// Any error is final: what is on the disk is not known any more.
    fn finally<T>(&mut self, outcome: Result<T, JournalError>) -> Result<T, JournalError> {
        if let Err(error) = &outcome
            && self.broken.is_none()
        {
            self.broken = Some(error.to_string());
        }
        outcome
    }

    fn write(&mut self, kind: Kind, parts: &[&[u8]], sync: bool) -> Result<u64, JournalError> {
        if let Some(why) = &self.broken {
            return Err(JournalError::Broken(why.clone()));
        }
        let mut span = self.encode(kind, parts);
        if self.active.end > 0 && self.active.end + span > self.active.bytes {
            self.switch()?;
            span = self.encode(kind, parts);
        }
        let active = &self.active;
        let name = || segment::name(active.number);
        let (at, end) = (active.end, active.end + span);
        let written = active.file.write_at(&self.buffer, at);
        written.map_err(|error| JournalError::io(&name(), "writing to it")(error))?;
        if sync {
            let synced = active.file.sync_data();
            synced.map_err(|error| JournalError::io(&name(), "syncing it")(error))?;
        }
        self.staged = !sync;
        if sync {
            self.last += 1;
            if kind == Kind::Group {
                self.last_group = self.last;
            }
            self.active.end = end;
            self.look_ahead()?;
        }
        self.active.bytes = self.active.bytes.max(end);
        Ok(self.last)
    }

    /// Fills the buffer with a frame for the active segment; returns its length in bytes.
    fn encode(&mut self, kind: Kind, parts: &[&[u8]]) -> u64 {
        let header = Header {
            kind,
            journal: self.number,
            segment: self.active.number,
            frame: self.last + 1,
            oldest: self.oldest,
            length: 0,
        };
        frame::write(header, parts, &mut self.buffer).span()
    }

    /// Begins the next segment.
    fn switch(&mut self) -> Result<(), JournalError> {
        let active = &self.active;
        if self.staged {
            // It would pass for the frame that the next segment begins with.
            let name = segment::name(active.number);
            let wiped = active.file.write_at(&[0; SECTOR_BYTES], active.end);
            let wiped = wiped.and_then(|()| active.file.sync_data());
            wiped.map_err(JournalError::io(&name, "clearing a staged frame"))?;
            self.staged = false;
        }
        let order = self.next_order();
        let next = match self.ready.take() {
            Some(ready) => ready,
            None => take(&mut self.supplier, order)?,
        };
        self.full.push_back(self.active.when_full());
        self.active = Segment { first: self.last + 1, ..next };
        Ok(())
    }

    fn next_order(&self) -> Order {
        let part = self.bytes() / SEGMENTS_HELD;
        let grown = part.checked_next_power_of_two().unwrap_or(u64::MAX);
        let bytes = grown.clamp(self.sizes.least, self.sizes.most);
        Order { number: self.active.number + 1, bytes }
    }

    /// Orders the next segment when half of this one is used, and gives back what a durable frame
    /// says is not needed.
    fn look_ahead(&mut self) -> Result<(), JournalError> {
        if self.ready.is_none() && self.active.end > self.active.bytes / 2 {
            let order = self.next_order();
            self.supplier.order(order);
        }
        let (least, most) = (self.next_order().bytes, self.sizes.most);
        for (number, bytes) in std::mem::take(&mut self.retiring) {
            let keep = (least..=most).contains(&bytes);
            let retired = self.supplier.retire(number, keep);
            retired.map_err(JournalError::io(&segment::name(number), "giving it back"))?;
        }
        Ok(())
    }

    /// Says that no frame before a segment is needed any more. The files go, or are used again,
    /// after the next group.
    pub fn release_before(&mut self, segment: u64) {
        while let Some(gone) = self.full.pop_front_if(|full| full.number < segment) {
            self.retiring.push((gone.number, gone.bytes));
        }
        self.oldest = self.oldest_segment();
    }
}

/// Makes the last frame durable, which may be in the kernel's memory alone: a killed process left
/// it there, or a sync failed, after which the kernel calls it written. So it is written again: the
/// same bytes, in the same place.
fn settle<F: DiskFile>(active: &Segment<F>, last: Header) -> Result<(), JournalError> {
    let name = segment::name(active.number);
    let at = active.end - last.span();
    let mut bytes = vec![0; usize::try_from(last.span()).unwrap_or(0)];
    let read = active.file.read_at(&mut bytes, at);
    read.map_err(JournalError::io(&name, "reading its last frame"))?;
    let written = active.file.write_at(&bytes, at);
    written.map_err(JournalError::io(&name, "writing its last frame again"))?;
    active.file.sync_data().map_err(JournalError::io(&name, "syncing it"))
}

/// Takes a segment from the supplier.
fn take<D: Disk, S: Supplier<D>>(
    supplier: &mut S,
    order: Order,
) -> Result<Segment<D::File>, JournalError> {
    let name = segment::name(order.number);
    let file = supplier.take(order).map_err(JournalError::io(&name, "making it"))?;
    let bytes = file.len().map_err(JournalError::io(&name, "asking for its length"))?;
    Ok(Segment { number: order.number, file, first: 0, end: 0, bytes })
}

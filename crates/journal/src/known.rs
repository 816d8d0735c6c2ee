//! What the first frames of segments tell: which frames each of them holds. Reading more of a
//! segment than that is for those who need it.

use crate::disk::{Disk, DiskFile};
use crate::error::JournalError;
use crate::frame::{HEADER_BYTES, read_header};
use crate::segment;

/// A segment that takes no more frames. It has no open file: there may be hundreds of them.
#[derive(Clone, Copy, Debug)]
pub struct Full {
    /// Its number.
    pub number: u64,
    /// The first frame in it.
    pub first: u64,
    /// The file's length in bytes.
    pub bytes: u64,
}

/// The numbers of all segments; one that is missing in between is told.
pub fn numbers<D: Disk>(disk: &D) -> Result<Vec<u64>, JournalError> {
    let names = disk.list().map_err(JournalError::io("folder", "listing it"))?;
    let mut numbers: Vec<u64> = names.iter().filter_map(|name| segment::number_of(name)).collect();
    numbers.sort_unstable();
    let mut expected = numbers.first().copied().unwrap_or(1)..;
    match numbers.iter().find_map(|number| expected.next().filter(|next| next != number)) {
        Some(gap) => {
            let before = lead(disk, gap.saturating_sub(1))?.map_or(1, |lead| lead.frame);
            Err(missing(gap, before + 1))
        }
        None => Ok(numbers),
    }
}

/// What a segment's first frame says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lead {
    /// The journal.
    pub journal: u64,
    /// The frame.
    pub frame: u64,
    /// The file's length in bytes.
    pub bytes: u64,
}

/// Reads the header of a segment's first frame; nothing where there is none of this use.
pub fn lead<D: Disk>(disk: &D, number: u64) -> Result<Option<Lead>, JournalError> {
    let name = segment::name(number);
    let file = disk.open(&name).map_err(JournalError::io(&name, "opening it"))?;
    let bytes = file.len().map_err(JournalError::io(&name, "asking for its length"))?;
    let mut head = [0; HEADER_BYTES];
    if bytes < HEADER_BYTES as u64 {
        return Ok(None);
    }
    file.read_at(&mut head, 0).map_err(JournalError::io(&name, "reading it"))?;
    let ours = read_header(&head).filter(|(header, _)| header.segment == number);
    Ok(ours.map(|(header, _)| Lead { journal: header.journal, frame: header.frame, bytes }))
}

/// Segments of which no more than their beginning is read.
pub struct Known {
    /// They, oldest first.
    pub full: Vec<Full>,
    /// What begins the segment after them.
    pub lead: Option<Lead>,
}

/// Finds the segment that holds a frame by the first frames of all; those before it are full.
pub fn known_before<D: Disk>(disk: &D, numbers: &[u64], frame: u64) -> Result<Known, JournalError> {
    let mut known = Known { full: Vec::new(), lead: None };
    if frame == 0 {
        return Ok(known);
    }
    let leads = numbers.iter().map(|number| lead(disk, *number));
    let leads: Vec<Option<Lead>> = leads.collect::<Result<_, _>>()?;
    let holds = |lead: &Option<Lead>| lead.is_some_and(|lead| lead.frame <= frame);
    let Some(start) = leads.iter().rposition(holds) else { return Ok(known) };
    known.lead = leads[start];
    let mut next = 1;
    for (number, lead) in numbers.iter().zip(&leads).take(start) {
        let journal = known.lead.map(|lead| lead.journal);
        match lead.filter(|lead| lead.frame >= next && Some(lead.journal) == journal) {
            Some(Lead { frame: first, bytes, .. }) => {
                known.full.push(Full { number: *number, first, bytes });
                next = first + 1;
            }
            None => return Err(no_lead(*number, next)),
        }
    }
    Ok(known)
}

/// A segment that should be there is not.
pub fn missing(number: u64, frame: u64) -> JournalError {
    let why = "the file is missing, though the journal needs it".to_owned();
    JournalError::Damaged { file: segment::name(number), offset: 0, frame, why }
}

/// The first frame of a segment that should have one cannot be read; `frame` is near to its number.
pub fn no_lead(number: u64, frame: u64) -> JournalError {
    let why = "its first frame is not what was written".to_owned();
    JournalError::Damaged { file: segment::name(number), offset: 0, frame, why }
}

//! Reads every frame of the full segments in a folder, which another process may be writing to: the
//! way to find what has rotted since it was read last. It changes nothing and decides nothing.
//!
//! The segment that takes frames is left out: it is read by each open, and its end moves.

use crate::disk::Disk;
use crate::error::JournalError;
use crate::known::{Lead, lead, no_lead};
use crate::segment;
use crate::walk::Walk;
use std::io;

/// What was read and is as it was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Full segments.
    pub segments: u64,
    /// Frames in them.
    pub frames: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Reads them all; an error is the first damage. A segment that is given back meanwhile is left
/// out.
pub fn check<D: Disk>(disk: &D) -> Result<Checked, JournalError> {
    let names = disk.list().map_err(JournalError::io("folder", "listing it"))?;
    let mut numbers: Vec<u64> = names.iter().filter_map(|name| segment::number_of(name)).collect();
    numbers.sort_unstable();
    let leads = numbers.iter().map(|number| found(lead(disk, *number)));
    let leads: Vec<Option<Lead>> = leads.collect::<Result<_, _>>()?;
    let mut checked = Checked::default();
    for (at, number) in numbers.iter().copied().enumerate() {
        let Some(later) = leads[at + 1..].iter().flatten().next() else { break };
        let read = match (leads[at], leads[at + 1]) {
            (Some(first), Some(next)) => one(disk, number, first, next.frame - 1, &mut checked),
            // How far it goes is not known: the next one's beginning is told instead.
            (Some(_), None) => Ok(()),
            (None, _) => Err(no_lead(number, later.frame - 1)),
        };
        match read {
            Err(damage) if is_there(disk, number)? => return Err(damage),
            _ => {}
        }
    }
    Ok(checked)
}

/// Reads one segment, of which the first and the last frame are known.
fn one<D: Disk>(
    disk: &D,
    number: u64,
    lead: Lead,
    last: u64,
    checked: &mut Checked,
) -> Result<(), JournalError> {
    let name = segment::name(number);
    let file = disk.open(&name).map_err(JournalError::io(&name, "opening it"))?;
    let mut walk = Walk::begin(file, (lead.journal, number), lead.frame..=last)?;
    let mut payload = Vec::new();
    while walk.next(&mut payload)?.is_some() {
        checked.frames += 1;
    }
    checked.segments += 1;
    checked.bytes += lead.bytes;
    Ok(())
}

/// What is not there any more has no first frame.
fn found(lead: Result<Option<Lead>, JournalError>) -> Result<Option<Lead>, JournalError> {
    match lead {
        Err(JournalError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            Ok(None)
        }
        read => read,
    }
}

fn is_there<D: Disk>(disk: &D, number: u64) -> Result<bool, JournalError> {
    let names = disk.list().map_err(JournalError::io("folder", "listing it"))?;
    Ok(names.iter().any(|name| segment::number_of(name) == Some(number)))
}

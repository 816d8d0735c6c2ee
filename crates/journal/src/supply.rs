//! Making segments and taking them back. What a journal asks of whoever does it, the work itself,
//! and the plain way of doing it on the spot.

use crate::disk::{Disk, DiskFile};
use crate::segment::{self, UNFINISHED};
use std::io;

/// Zeros that are written at once.
static ZEROS: [u8; 64 * 1024] = [0; 64 * 1024];

/// Spare segments that are kept: the one that is filled next, and one more while a compaction gives
/// back faster than groups come.
const SPARES_MAX: usize = 2;

/// A segment that will be needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// Its number.
    pub number: u64,
    /// Its length in bytes, at least.
    pub bytes: u64,
}

/// Whoever makes a journal's segments.
pub trait Supplier<D: Disk>: Send {
    /// Hears what will be needed soon.
    fn order(&mut self, order: Order);

    /// Gives a segment that was ordered, or not.
    fn take(&mut self, order: Order) -> io::Result<D::File>;

    /// Takes a segment back whose frames nobody needs any more; `keep` says that it is worth using
    /// again.
    fn retire(&mut self, number: u64, keep: bool) -> io::Result<()>;
}

/// Makes each segment at the moment when it is needed.
#[derive(Clone, Debug)]
pub struct Inline<D>(pub D);

impl<D: Disk> Supplier<D> for Inline<D> {
    fn order(&mut self, _: Order) {}

    fn take(&mut self, order: Order) -> io::Result<D::File> {
        make(&self.0, order)
    }

    fn retire(&mut self, number: u64, keep: bool) -> io::Result<()> {
        take_back(&self.0, number, keep)
    }
}

/// Makes a segment out of a spare one that is large enough, or out of zeros; spare ones that are
/// too short go. What it is made of is
/// durable before it has its name, and its name before it is given.
pub fn make<D: Disk>(disk: &D, order: Order) -> io::Result<D::File> {
    let name = segment::name(order.number);
    let names = disk.list()?;
    let mut spares: Vec<&String> = names.iter().filter(|name| segment::is_spare(name)).collect();
    spares.sort();
    for spare in spares {
        if disk.open(spare)?.len()? >= order.bytes {
            disk.rename(spare, &name)?;
            disk.sync_folder()?;
            return disk.open(&name);
        }
        // Segments grow: what is too short now would only keep the place of one that is not.
        disk.remove(spare)?;
    }
    let file = disk.create(UNFINISHED)?;
    let mut at = 0;
    while at < order.bytes {
        let count = (order.bytes - at).min(ZEROS.len() as u64);
        // The count is at most the array's length.
        file.write_at(&ZEROS[..count as usize], at)?;
        at += count;
    }
    file.sync_data()?;
    disk.rename(UNFINISHED, &name)?;
    disk.sync_folder()?;
    Ok(file)
}

/// Takes a segment back. One at a time, durably: after a crash there is never an older one without
/// those that followed it.
pub fn take_back<D: Disk>(disk: &D, number: u64, keep: bool) -> io::Result<()> {
    let name = segment::name(number);
    let spares = disk.list()?.iter().filter(|name| segment::is_spare(name)).count();
    if keep && spares < SPARES_MAX {
        disk.rename(&name, &segment::spare_name(number))?;
    } else {
        disk.remove(&name)?;
    }
    disk.sync_folder()
}

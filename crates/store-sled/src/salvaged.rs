//! What can be read of a damaged store, as trees of their own in a folder that is thrown away: out
//! of its journal, frame by frame, and out of a copy of its index. The old folder is only read.
//!
//! Whether the small tables are those that were written last is proved by the tally of the last
//! frame, or it is not known.

use crate::batch::Batch;
use crate::height::Height;
use crate::index_error::{IndexError, IndexResult};
use crate::layout::{Layout, make_folder};
use crate::payload::unpack;
use crate::safe_open::{make_trees, open_trees};
use crate::table::Table;
use crate::trees::Trees;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use windlass_journal::{Lost, Salvage, segment};

/// What was read.
pub struct Salvaged {
    /// The rows, each with the frame that wrote it.
    pub trees: Trees,
    /// How far the store had come by the last group that is whole.
    pub height: Height,
    /// The frames that are lost in the journal.
    pub lost: Vec<Lost>,
    /// What is written by a frame after this one is known to be the newest; zero where all is.
    pub doubtful_until: u64,
    /// Why the index did not help, where it did not.
    pub index: Option<String>,
}

/// Reads a store; `scratch` is a folder for the trees. The caller holds the old store's lock.
pub fn salvage(old: &Layout, scratch: &Path) -> IndexResult<Salvaged> {
    let (first, second) = (Layout::new(&scratch.join("1")), Layout::new(&scratch.join("2")));
    [&first, &second].into_iter().try_for_each(|layout| make_folder(layout.root()))?;
    let trees = make_trees(&first)?;
    let (journal, reached) = replay(old, &trees, &first, 0)?;
    let (last, height) = reached.unwrap_or_default();
    let mut salvaged =
        Salvaged { trees, height, lost: journal.lost, doubtful_until: 0, index: None };
    let torn = salvaged.lost.iter().map(|lost| *lost.frames.end()).max();
    let (index, noted) = match copied(old, &second) {
        Ok(Some((index, noted))) => (Some(index), noted),
        Ok(None) => (None, 0),
        Err(IndexError::Refused(error)) => return Err(IndexError::Refused(error)),
        Err(error) => {
            salvaged.index = Some(error.to_string());
            (None, 0)
        }
    };
    // The tally of the last group tells of nothing that came after it.
    let after = torn.into_iter().chain([noted]).max().filter(|frame| *frame > last);
    let proves =
        |trees: &Trees| Ok::<_, IndexError>(after.is_none() && trees.tally()? == height.tally);
    let mut proved = proves(&salvaged.trees)?;
    if let Some(mut other) = index {
        replay(old, &other, &second, noted + 1)?;
        let of_journal = salvaged.trees.clone();
        if !proved && proves(&other).unwrap_or(false) {
            proved = true;
            std::mem::swap(&mut salvaged.trees, &mut other);
            fill(&salvaged.trees, &of_journal, true)?;
        } else if let Err(error) = fill(&salvaged.trees, &other, false) {
            salvaged.index = Some(error.to_string());
        }
    }
    if !proved {
        salvaged.doubtful_until = after.or(torn).unwrap_or(last);
    }
    Ok(salvaged)
}

/// Writes the rows of all groups from a number on that are whole; gives the last of all groups.
fn replay(
    old: &Layout,
    trees: &Trees,
    place: &Layout,
    from: u64,
) -> IndexResult<(Salvage, Option<(u64, Height)>)> {
    let db = File::open(place.db())?;
    let (mut salvage, mut reached, mut batch) = (Salvage::default(), None, Batch::default());
    for number in segments(&old.journal()).map_err(IndexError::Refused)? {
        let path = old.journal().join(segment::name(number));
        let bytes = fs::read(path).map_err(IndexError::Refused)?;
        let mut written = Ok(());
        salvage.read(number, &bytes, |frame, payload| {
            let Some((height, rows)) = unpack(payload) else { return };
            reached = Some((frame, height));
            for row in rows.into_iter().filter(|_| frame >= from) {
                batch.add(frame, row.table, row.key.into(), row.value.map(Into::into));
            }
            if batch.is_full() && written.is_ok() {
                written = std::mem::take(&mut batch).write(trees, &db);
            }
        });
        written?;
    }
    salvage.end();
    batch.write(trees, &db)?;
    Ok((salvage, reached))
}

/// The numbers of the segments that are there, in order.
fn segments(journal: &Path) -> io::Result<Vec<u64>> {
    let entries = match fs::read_dir(journal) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?.collect::<io::Result<Vec<_>>>()?,
    };
    let number = |entry: &fs::DirEntry| segment::number_of(entry.file_name().to_str()?);
    let mut numbers: Vec<u64> = entries.iter().filter_map(number).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// A copy of the old index and how far it says that it is complete; nothing where there is none.
fn copied(old: &Layout, place: &Layout) -> IndexResult<Option<(Trees, u64)>> {
    if !old.sled().is_dir() {
        return Ok(None);
    }
    make_folder(&place.sled())?;
    for entry in fs::read_dir(old.sled())? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), place.sled().join(entry.file_name()))
                .map_err(IndexError::Refused)?;
        }
    }
    let trees = open_trees(place)?;
    let noted = trees.note()?.ok_or("the index does not say how far it is complete")?;
    Ok(Some((trees, noted)))
}

/// Takes events and parts of records out of the other copy, those that are missing or all: they
/// never change, and each is under a checksum.
fn fill(trees: &Trees, other: &Trees, all: bool) -> IndexResult<()> {
    for table in [Table::Events, Table::Chunks] {
        for row in other.all_written(table) {
            let (frame, key, value) = row?;
            if all || trees.get(table, &key)?.is_none() {
                trees.put(frame, table, &key, Some(&value))?;
            }
        }
    }
    Ok(())
}

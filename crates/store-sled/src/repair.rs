//! Saves what is sound of a damaged store to a new one, and lists the rest. A run is copied where
//! its whole history is there and it is known that nothing came after it; otherwise it is named
//! with its last sound event: no older state may pass for the newest one.
//!
//! It must not know what an event means: who calls checks the histories.

use crate::format_file;
use crate::fresh::Fresh;
use crate::height::Height;
use crate::index::Index;
use crate::index_error::{IndexError, IndexResult};
use crate::layout::{Layout, make_folder, sync_folder};
use crate::log::{Log, open_log};
use crate::objects::Objects;
use crate::payload::{pack, weight};
use crate::reading::{ReadError, Reader};
use crate::record::{Object, Rest, open_row, owner_of_chunk};
use crate::rows::{
    Fixed, Standing, lock_of, numbered_key, read_head_row, read_numbered_row, run_key, run_of,
    signal_of,
};
use crate::safe_open::make_trees;
use crate::salvaged::{Salvaged, salvage};
use crate::table::{Table, Writes};
use crate::trees::digest;
use sled::IVec;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, TryLockError};
use std::path::Path;
use std::sync::Arc;
use windlass_journal::Lost;
use windlass_model::{RunId, Seq};
use windlass_ports::store::StoredEvent;

/// Bytes of rows in a frame, about.
const FRAME_BYTES: u64 = 1024 * 1024;

/// Nothing where a run is sound; else its last sound event, and what is wrong.
pub type Verdict = Result<(), (Seq, String)>;

/// A run that is not copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// Which.
    pub run: RunId,
    /// Its last event of which all before it are sound.
    pub last_sound: Seq,
    /// Why not.
    pub why: String,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Repaired {
    /// Runs that are in the new store.
    pub copied: Vec<RunId>,
    /// Runs that are not.
    pub left: Vec<Left>,
    /// Frames that the journal has lost.
    pub lost: Vec<Lost>,
    /// Locks that nobody holds any more, since their holder or somebody in their queue is not
    /// copied, with the holder.
    pub locks: Vec<(String, Option<RunId>)>,
    /// Why the index did not help, where it did not.
    pub index: Option<String>,
}

/// Saves the store in `from` to `to`, which must not be there. `check` says what is wrong with a
/// history of a run whose workflow has a digest, and which is the last sound event.
pub fn repair(
    from: &Path,
    to: &Path,
    check: impl Fn(RunId, &str, &[StoredEvent]) -> Verdict,
) -> Result<Repaired, String> {
    let (old, new) = (Layout::new(from), Layout::new(to));
    if !old.journal().is_dir() {
        return Err(format!("{} holds no journal of a store", from.display()));
    }
    if to.exists() {
        return Err(format!("{} is there already: name a folder that is not", to.display()));
    }
    let _held = hold(&old)?;
    let said = |error: std::io::Error| format!("{}: {error}", to.display());
    make_folder(to).map_err(said)?;
    let scratch = to.join("scratch");
    make_folder(&scratch).map_err(said)?;
    let repaired = save(&old, &new, &scratch, check).map_err(|error| error.to_string())?;
    fs::remove_dir_all(&scratch).map_err(said)?;
    // Comes last: what was cut short before it does not open.
    format_file::write(&new.format()).map_err(said)?;
    sync_folder(to).map_err(said)?;
    Ok(repaired)
}

/// Keeps everybody from opening the old store meanwhile, without a write.
fn hold(old: &Layout) -> Result<Option<File>, String> {
    let Ok(file) = File::open(old.lock()) else { return Ok(None) };
    match file.try_lock_shared() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => {
            Err(format!("{} is open: end the process that has it open first", old.root().display()))
        }
        Err(TryLockError::Error(error)) => Err(format!("{}: {error}", old.lock().display())),
    }
}

fn save(
    old: &Layout,
    new: &Layout,
    scratch: &Path,
    check: impl Fn(RunId, &str, &[StoredEvent]) -> Verdict,
) -> IndexResult<Repaired> {
    let found = salvage(old, scratch)?;
    let index = Index { fresh: Arc::new(Fresh::default()), trees: found.trees.clone() };
    let reader = Reader { index, objects: Objects::of(&old.objects()) };
    let mut repaired = Repaired::default();
    let mut copied = BTreeSet::new();
    for run in runs(&found)? {
        match judge(&found, &reader, run, &check)? {
            Ok(()) => drop(copied.insert(run)),
            Err((last_sound, why)) => repaired.left.push(Left { run, last_sound, why }),
        }
    }
    let dropped = locks(&found, &copied, &mut repaired)?;
    let kept = |table: Table, key: &[u8]| -> bool {
        let of = |run: Option<RunId>| run.is_some_and(|run| copied.contains(&run));
        match table {
            Table::Meta | Table::Removed => false,
            Table::Workflows => {
                std::str::from_utf8(key).is_ok_and(|digest| reader.workflow(digest).is_ok())
            }
            Table::Locks => lock_of(key).is_some_and(|(name, _)| !dropped.contains(&name)),
            Table::Chunks => owner_of_chunk(key).is_some_and(|(tag, key)| {
                Table::of(tag) == Some(Table::Workflows) || of(run_of(key))
            }),
            Table::Signals => found.doubtful_until == 0 && of(run_of(key)),
            Table::Checkpoints => {
                of(run_of(key)) && run_of(key).is_some_and(|run| reader.checkpoint(run).is_ok())
            }
            Table::Runs | Table::Heads | Table::Events => of(run_of(key)),
        }
    };
    write(&found, &reader, new, kept)?;
    repaired.copied = copied.into_iter().collect();
    (repaired.lost, repaired.index) = (found.lost, found.index);
    Ok(repaired)
}

/// All runs of which anything is there.
fn runs(found: &Salvaged) -> IndexResult<BTreeSet<RunId>> {
    let mut runs = BTreeSet::new();
    for table in [Table::Runs, Table::Heads] {
        for row in found.trees.all(table) {
            runs.extend(run_of(&row?.0));
        }
    }
    Ok(runs)
}

/// Whether a run is copied; else its last sound event, and why not.
fn judge(
    found: &Salvaged,
    reader: &Reader,
    run: RunId,
    check: &impl Fn(RunId, &str, &[StoredEvent]) -> Verdict,
) -> IndexResult<Verdict> {
    let (events, broken) = history(reader, run)?;
    let last = events.last().map_or(0, |event| event.seq);
    let key = run_key(run);
    let fixed = found.trees.get(Table::Runs, &key)?;
    let fixed = fixed.and_then(|(_, fixed)| serde_json::from_slice::<Fixed>(&fixed).ok());
    let head = found.trees.get(Table::Heads, &key)?;
    let head = head.and_then(|(frame, row)| Some((frame, read_head_row(run, &row)?.0)));
    let (Some(fixed), Some((frame, standing))) = (fixed, head) else {
        return Ok(Err((last, "where it stands is lost".to_owned())));
    };
    if let Err(bad) = check(run, &fixed.workflow_digest, &events) {
        return Ok(Err(bad));
    }
    Ok(stands(found, reader, (run, &fixed, standing, frame), (last, broken)))
}

fn stands(
    found: &Salvaged,
    reader: &Reader,
    (run, fixed, standing, frame): (RunId, &Fixed, Standing, u64),
    (last, broken): (Seq, Option<String>),
) -> Verdict {
    if last < standing.seq {
        let why = broken.unwrap_or_else(|| format!("event {} is missing", last + 1));
        return Err((last, why));
    }
    if last > standing.seq {
        return Err((last, "where it stands is older than its last event".to_owned()));
    }
    let doubtful = found.doubtful_until;
    if doubtful > 0 && (frame <= doubtful || !standing.phase.ended()) {
        return Err((last, "what came after it may be among the lost frames".to_owned()));
    }
    let digest = &fixed.workflow_digest;
    reader.workflow(digest).map_err(|error| (last, text(error)))?;
    signals(found, reader, run).map_err(|why| (last, why))
}

/// The events of a run up to the first that is not sound, and what is wrong with that one.
fn history(reader: &Reader, run: RunId) -> IndexResult<(Vec<StoredEvent>, Option<String>)> {
    let mut events = Vec::new();
    loop {
        let after = events.len() as Seq;
        match reader.events(run, after, after + 1, 1) {
            Ok(mut next) => events.append(&mut next),
            Err(ReadError::Index(refused @ IndexError::Refused(_))) => return Err(refused),
            Err(error) => return Ok((events, Some(text(error)))),
        }
    }
}

/// Whether every signal of a run that waits can be read.
fn signals(found: &Salvaged, reader: &Reader, run: RunId) -> Result<(), String> {
    for row in found.trees.all(Table::Signals) {
        let (key, _) = row.map_err(|error| error.to_string())?;
        if let Some((owner, id)) = signal_of(&key)
            && owner == run
        {
            reader.signal(run, id).map_err(text)?;
        }
    }
    Ok(())
}

fn text(error: ReadError) -> String {
    windlass_ports::StoreError::from(error).to_string()
}

/// Names of locks that are not copied: who is in their queue must all be there, or nobody who asks
/// again would ever get it.
fn locks(
    found: &Salvaged,
    copied: &BTreeSet<RunId>,
    repaired: &mut Repaired,
) -> IndexResult<BTreeSet<String>> {
    let mut dropped = BTreeMap::new();
    for row in found.trees.all(Table::Locks) {
        let (key, value) = row?;
        let Some((name, place)) = lock_of(&key) else { continue };
        let run = run_of(&value).filter(|run| copied.contains(run));
        if run.is_none() || found.doubtful_until > 0 {
            let holder = dropped.entry(name).or_insert(None);
            if place == 0 {
                *holder = run_of(&value);
            }
        }
    }
    let names = dropped.keys().cloned().collect();
    repaired.locks = dropped.into_iter().collect();
    Ok(names)
}

/// Writes what is kept into the journal of the new store, its objects first, and empty trees, which
/// the first open fills.
fn write(
    found: &Salvaged,
    reader: &Reader,
    new: &Layout,
    kept: impl Fn(Table, &[u8]) -> bool,
) -> IndexResult<()> {
    let objects = Objects::open(&new.objects()).map_err(IndexError::Refused)?;
    let mut height = Height { changes: found.height.changes, ..Height::default() };
    let mut log = open_log(new, 0).map_err(|error| error.to_string())?;
    let (mut writes, mut bytes) = (Writes::default(), 0);
    for table in Table::all() {
        for row in found.trees.all(table) {
            let (key, value) = row?;
            if !kept(table, &key) {
                continue;
            }
            if let Some(name) = object_of(table, &key, &value) {
                let bytes = reader.objects.read(&name).map_err(IndexError::Refused)?;
                objects.keep(&Object { name, bytes }).map_err(IndexError::Refused)?;
            }
            bytes += weight(&key, Some(&value));
            height.live += weight(&key, Some(&value));
            if table.is_tallied() {
                height.tally = height.tally.wrapping_add(digest(table, &key, Some(&value)));
            }
            writes.insert(table, key, Some(value));
            if bytes > FRAME_BYTES {
                commit(&mut log, height, &mut writes)?;
                bytes = 0;
            }
        }
    }
    commit(&mut log, height, &mut writes)?;
    log.close().map_err(|error| error.to_string())?;
    make_trees(new)?.set_note(0)
}

fn commit(log: &mut Log, height: Height, writes: &mut Writes) -> IndexResult<()> {
    let mut payload = Vec::new();
    pack(height, writes, &mut payload)?;
    writes.clear();
    log.commit(&[&payload]).map_err(|error| error.to_string())?;
    Ok(())
}

/// The file in which the rest of a row's record lies.
fn object_of(table: Table, key: &[u8], row: &IVec) -> Option<String> {
    let numbered = |key: &[u8]| {
        let (number, row) = read_numbered_row(row)?;
        let key = match table {
            Table::Checkpoints => numbered_key(run_of(key)?, number).to_vec(),
            _ => key.to_vec(),
        };
        open_row(table as u8, &key, row).ok()
    };
    let rest = match table {
        Table::Events | Table::Workflows => open_row(table as u8, key, row).ok(),
        Table::Signals | Table::Checkpoints => numbered(key),
        _ => None,
    };
    match rest? {
        Rest::Object(name) => Some(name),
        _ => None,
    }
}

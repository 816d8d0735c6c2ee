//! Reads the books out of the index at open and refuses what does not agree: with the journal's
//! tally, or with itself. It changes nothing.

use crate::books::{Books, LockBook, RunBook, Signals};
use crate::height::Height;
use crate::index_error::{IndexError, IndexResult};
use crate::reading::{ReadError, Reader};
use crate::rows::{Fixed, lock_of, read_head_row, read_numbered_row, run_key, run_of, signal_of};
use crate::table::Table;
use crate::trees::Trees;
use std::collections::BTreeMap;
use std::sync::Arc;
use windlass_model::RunId;

/// What was read.
pub struct Loaded {
    /// The books.
    pub books: Books,
    /// The first live run whose history the index does not hold as it was written, and what is
    /// wrong with it.
    pub doubt: Option<String>,
}

/// Reads and checks everything that is not an ended run's history. All rows must be in sled.
pub fn load(reader: &Reader, reached: Height) -> IndexResult<Loaded> {
    let trees = &reader.index.trees;
    if trees.tally()? != reached.tally {
        return Err("the rows in them are not those that were written".into());
    }
    let mut books = Books::default();
    let mut signals = load_signals(trees)?;
    for row in trees.all(Table::Runs) {
        let (key, fixed) = row?;
        let run = run_of(&key).ok_or("a run with a wrong key")?;
        let book = load_run(trees, run, &fixed, &mut signals);
        books.put(run, book.map_err(|error| error.about(run))?);
    }
    if let Some(run) = signals.keys().next() {
        return Err(format!("{run}: it has signals but is not there").into());
    }
    for row in trees.all(Table::Workflows) {
        let digest = String::from_utf8(row?.0.to_vec());
        books.workflows.insert(digest.map_err(|_| "a workflow with a wrong key")?);
    }
    for row in trees.all(Table::Removed) {
        let (run, _) = row?;
        books.removed.insert(run_of(&run).ok_or("a removed run with a wrong key")?);
    }
    books.locks = load_locks(trees)?;
    let doubt = check_histories(reader, &mut books)?;
    Ok(Loaded { books, doubt })
}

/// Checks the history of every run that may still be driven. A damaged one keeps its run from being
/// driven, and no other: the small tables have agreed with the tally, so the damage is in this
/// history alone. Returns the first of which the index is the cause, and not a file of its own.
fn check_histories(reader: &Reader, books: &mut Books) -> IndexResult<Option<String>> {
    let (mut damaged, mut doubt) = (Vec::new(), None);
    for (run, book) in books.all().filter(|(_, book)| !book.standing.phase.ended()) {
        let why = match reader.verify(run, book.standing.seq) {
            Ok(()) => continue,
            Err(ReadError::Index(refused @ IndexError::Refused(_))) => return Err(refused),
            Err(ReadError::Index(IndexError::Damaged(why))) => {
                doubt.get_or_insert_with(|| why.clone());
                why
            }
            Err(ReadError::Object(why) | ReadError::Ended(why)) => why,
        };
        damaged.push((run, RunBook { damage: Some(why.into()), ..book.clone() }));
    }
    for (run, book) in damaged {
        tracing::error!(%run, why = book.damage.as_deref(), "the history of a run is damaged");
        books.put(run, book);
    }
    Ok(doubt)
}

fn load_run(
    trees: &Trees,
    run: RunId,
    fixed: &[u8],
    signals: &mut BTreeMap<RunId, Signals>,
) -> IndexResult<RunBook> {
    let get = |table| Ok::<_, IndexError>(trees.get(table, &run_key(run))?.map(|(_, value)| value));
    let fixed: Fixed = serde_json::from_slice(fixed).map_err(|error| error.to_string())?;
    let row = get(Table::Heads)?.ok_or("its head is missing")?;
    let (standing, lease) = read_head_row(run, &row).ok_or("its head cannot be read")?;
    let mut book = RunBook::new(fixed, standing, lease);
    book.signals = Arc::new(signals.remove(&run).unwrap_or_default());
    if let Some(row) = get(Table::Checkpoints)? {
        let (seq, _) = read_numbered_row(&row).ok_or("its checkpoint cannot be read")?;
        book.checkpoint = Some(seq);
    }
    Ok(book)
}

fn load_signals(trees: &Trees) -> IndexResult<BTreeMap<RunId, Signals>> {
    let mut all: BTreeMap<RunId, Signals> = BTreeMap::new();
    for row in trees.all(Table::Signals) {
        let (key, row) = row?;
        let (run, id) = signal_of(&key).ok_or("a signal with a wrong key")?;
        let signals = all.entry(run).or_default();
        signals.posted.insert(id);
        if !row.is_empty() {
            let (place, _) = read_numbered_row(&row).ok_or("a signal that cannot be read")?;
            signals.pending.insert(place, id);
            signals.next = signals.next.max(place + 1);
        }
    }
    Ok(all)
}

fn load_locks(trees: &Trees) -> IndexResult<BTreeMap<String, LockBook>> {
    let mut all: BTreeMap<String, LockBook> = BTreeMap::new();
    for row in trees.all(Table::Locks) {
        let (key, run) = row?;
        let (name, place) = lock_of(&key).ok_or("a lock with a wrong key")?;
        let run = run_of(&run).ok_or("a lock's holder that cannot be read")?;
        let lock = all.entry(name).or_default();
        if place == 0 {
            lock.state.holder = Some(run);
        } else {
            lock.state.queue.push(run);
            lock.places.insert(run, place);
        }
    }
    Ok(all)
}

//! Reads the books out of the index at open and refuses what does not agree: with the journal's
//! tally, or with itself. It changes nothing.

use crate::books::{Books, LockBook, RunBook, Signals};
use crate::height::Height;
use crate::reading::Reader;
use crate::rows::{Fixed, lock_of, read_head_row, read_numbered_row, run_key, run_of, signal_of};
use crate::table::Table;
use crate::trees::Trees;
use std::collections::BTreeMap;
use std::sync::Arc;
use windlass_model::RunId;
use windlass_ports::StoreError;

/// Reads and checks everything that is not an ended run's history. All rows must be in sled.
pub fn load(reader: &Reader, reached: Height) -> Result<Books, String> {
    let trees = &reader.index.trees;
    let sled = |error: sled::Error| error.to_string();
    if trees.tally().map_err(sled)? != reached.tally {
        return Err("the rows in them are not those that were written".to_owned());
    }
    let mut books = Books::default();
    let mut signals = load_signals(trees)?;
    for row in trees.all(Table::Runs) {
        let (key, fixed) = row.map_err(sled)?;
        let run = run_of(&key).ok_or("a run with a wrong key")?;
        let book = load_run(trees, run, &fixed, &mut signals);
        books.put(run, book.map_err(|why| format!("{run}: {why}"))?);
    }
    if let Some(run) = signals.keys().next() {
        return Err(format!("{run}: it has signals but is not there"));
    }
    for row in trees.all(Table::Workflows) {
        let digest = String::from_utf8(row.map_err(sled)?.0.to_vec());
        books.workflows.insert(digest.map_err(|_| "a workflow with a wrong key")?);
    }
    for row in trees.all(Table::Removed) {
        let (run, _) = row.map_err(sled)?;
        books.removed.insert(run_of(&run).ok_or("a removed run with a wrong key")?);
    }
    books.locks = load_locks(trees)?;
    check_histories(reader, &mut books);
    Ok(books)
}

/// Checks the history of every run that may still be driven. A damaged one keeps its run from being
/// driven, and no other: the small tables have agreed with the tally, so the damage is in this
/// history alone.
fn check_histories(reader: &Reader, books: &mut Books) {
    let live = books.all().filter(|(_, book)| !book.standing.phase.ended());
    let checked = live.filter_map(|(run, book)| {
        let broken = reader.verify(run, book.standing.seq).err()?;
        let why = match broken {
            StoreError::Corrupt(why) => why,
            other => other.to_string(),
        };
        Some((run, RunBook { damage: Some(why.into()), ..book.clone() }))
    });
    let damaged: Vec<_> = checked.collect();
    for (run, book) in damaged {
        tracing::error!(%run, why = book.damage.as_deref(), "the history of a run is damaged");
        books.put(run, book);
    }
}

fn load_run(
    trees: &Trees,
    run: RunId,
    fixed: &[u8],
    signals: &mut BTreeMap<RunId, Signals>,
) -> Result<RunBook, String> {
    let get = |table| {
        let row = trees.get(table, &run_key(run)).map_err(|error| error.to_string())?;
        Ok::<_, String>(row.map(|(_, value)| value))
    };
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

fn load_signals(trees: &Trees) -> Result<BTreeMap<RunId, Signals>, String> {
    let mut all: BTreeMap<RunId, Signals> = BTreeMap::new();
    for row in trees.all(Table::Signals) {
        let (key, row) = row.map_err(|error| error.to_string())?;
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

fn load_locks(trees: &Trees) -> Result<BTreeMap<String, LockBook>, String> {
    let mut all: BTreeMap<String, LockBook> = BTreeMap::new();
    for row in trees.all(Table::Locks) {
        let (key, run) = row.map_err(|error| error.to_string())?;
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

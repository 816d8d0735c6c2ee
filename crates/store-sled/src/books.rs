//! The store's books: what every run, lock and signal is at, in memory. The committer has its own
//! copy, which is ahead by what is not durable yet; readers have one that holds what is. It must
//! not know sled.

use crate::rows::{Fixed, Standing, join_head};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use windlass_model::{RunId, Seq, SignalId, Timestamp};
use windlass_ports::grants::LeaseSlot;
use windlass_ports::store::{LockState, RunFilter, RunHead, StoreError};

/// Everything about one run. Cheap to clone, since each group of changes copies the runs that it
/// touched.
#[derive(Clone, Debug)]
pub struct RunBook {
    /// What never changes.
    pub fixed: Arc<Fixed>,
    /// Where it stands.
    pub standing: Standing,
    /// Its lease.
    pub lease: Arc<LeaseSlot>,
    /// Its signals.
    pub signals: Arc<Signals>,
    /// The event of its newest checkpoint.
    pub checkpoint: Option<Seq>,
    /// What is wrong with its history. Such a run can be looked at, but neither driven nor changed.
    pub damage: Option<Arc<str>>,
}

impl RunBook {
    /// A run's first page.
    pub fn new(fixed: Fixed, standing: Standing, lease: LeaseSlot) -> Self {
        Self {
            fixed: Arc::new(fixed),
            standing,
            lease: Arc::new(lease),
            signals: Arc::default(),
            checkpoint: None,
            damage: None,
        }
    }

    /// Refuses a run whose history is damaged.
    pub fn sound(&self) -> Result<(), StoreError> {
        let damage = self.damage.as_ref();
        damage.map_or(Ok(()), |why| Err(StoreError::Corrupt(why.to_string())))
    }
}

/// The signals of a run.
#[derive(Clone, Debug, Default)]
pub struct Signals {
    /// Not consumed yet, by their place in the order of posting.
    pub pending: BTreeMap<u64, SignalId>,
    /// Every one ever posted: what was consumed is not delivered again.
    pub posted: BTreeSet<SignalId>,
    /// The next place.
    pub next: u64,
}

/// A lock with the places of those who wait.
#[derive(Clone, Debug, Default)]
pub struct LockBook {
    /// Holder and queue.
    pub state: LockState,
    /// The place of each who waits; the holder's is zero.
    pub places: BTreeMap<RunId, u64>,
}

impl LockBook {
    /// The place after the last.
    pub fn next_place(&self) -> u64 {
        self.places.values().max().copied().unwrap_or(0) + 1
    }
}

/// The books.
#[derive(Clone, Debug, Default)]
pub struct Books {
    /// Runs by id, which is by age.
    runs: BTreeMap<RunId, RunBook>,
    /// Locks by name.
    pub locks: BTreeMap<String, LockBook>,
    /// Digests of the workflows that are kept.
    pub workflows: BTreeSet<String>,
    /// Removed runs whose histories are still being cleared.
    pub removed: BTreeSet<RunId>,
    /// The one of them that is being cleared, and up to which event it is.
    pub cleared: Option<(RunId, Seq)>,
    /// Live runs with a timer, earliest first.
    due: BTreeSet<(Timestamp, RunId)>,
}

impl Books {
    /// One run.
    pub fn run(&self, run: RunId) -> Result<&RunBook, StoreError> {
        self.runs.get(&run).ok_or(StoreError::NoSuchRun(run))
    }

    /// One run, where it is there.
    pub fn find(&self, run: RunId) -> Option<&RunBook> {
        self.runs.get(&run)
    }

    /// All runs.
    pub fn all(&self) -> impl Iterator<Item = (RunId, &RunBook)> {
        self.runs.iter().map(|(run, book)| (*run, book))
    }

    /// Puts a run's new page in.
    pub fn put(&mut self, run: RunId, book: RunBook) {
        if let Some(timer) = self.runs.get(&run).and_then(|old| timer(run, old.standing)) {
            self.due.remove(&timer);
        }
        self.due.extend(timer(run, book.standing));
        self.runs.insert(run, book);
    }

    /// Takes a run out.
    pub fn remove(&mut self, run: RunId) {
        if let Some(timer) = self.runs.remove(&run).and_then(|old| timer(run, old.standing)) {
            self.due.remove(&timer);
        }
    }

    /// Whether a run names this workflow.
    pub fn names(&self, digest: &str) -> bool {
        self.runs.values().any(|book| book.fixed.workflow_digest == digest)
    }

    /// The head of a run.
    pub fn head(&self, run: RunId) -> Result<RunHead, StoreError> {
        let book = self.run(run)?;
        Ok(join_head(run, &book.fixed, book.standing))
    }

    /// The heads that a filter wants, newest first.
    pub fn heads(&self, filter: &RunFilter) -> Vec<RunHead> {
        let newest_first = self.runs.iter().rev();
        let heads = newest_first.map(|(run, book)| join_head(*run, &book.fixed, book.standing));
        heads.filter(|head| filter.wants(head)).take(filter.limit).collect()
    }

    /// Live runs whose timer is due.
    pub fn due(&self, now: Timestamp, limit: usize) -> Vec<RunId> {
        let due = self.due.iter().take_while(|(at, _)| *at <= now);
        due.map(|(_, run)| *run).take(limit).collect()
    }
}

fn timer(run: RunId, standing: Standing) -> Option<(Timestamp, RunId)> {
    standing.due.filter(|_| !standing.phase.ended()).map(|at| (at, run))
}

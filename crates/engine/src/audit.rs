//! Checks the chains of ended runs, a bounded piece at a time: nobody drives them any more, so
//! nobody else would notice. It must not know when a piece is due, nor where the findings are kept.

use crate::chain::{Hash, genesis};
use crate::reader::{LoadError, Reader};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use windlass_model::{Phase, RunId, Seq, Timestamp};
use windlass_ports::store::{RunFilter, RunHead, Store, StoreError};

/// Events checked in one piece: some milliseconds of reading.
const PIECE_EVENTS: u64 = 1_000;

/// Runs looked at in one piece, for a store of many small ones.
const PIECE_RUNS: usize = 20;

/// Broken runs that are named; the others are counted.
const NAMED_MAX: usize = 100;

/// What is known of the ended runs of a store. Small whatever their number is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Audited {
    /// The pass that is on, from the newest run to the oldest.
    pub pass: Option<Pass>,
    /// The last pass that went through all of them.
    pub last: Option<Pass>,
}

/// One way through all runs that have ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pass {
    /// When it began, and, once it has, when it ended.
    pub began: Timestamp,
    /// When the newest finding was made.
    pub at: Timestamp,
    /// The last run that it has done with.
    pub done_with: Option<RunId>,
    /// Runs whose chain is sound.
    pub sound: u64,
    /// The first so many others.
    pub broken: Vec<Broken>,
    /// How many others there are.
    pub broken_count: u64,
}

/// A run that is not what was written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Broken {
    /// Which.
    pub run: RunId,
    /// Its first bad event, where it is an event that is bad.
    pub first_bad: Option<Seq>,
    /// What is wrong.
    pub why: String,
}

impl Audited {
    /// When the last whole pass ended.
    pub fn whole_at(&self) -> Option<Timestamp> {
        self.last.as_ref().map(|pass| pass.at)
    }

    /// All runs that were found broken, each once: what the pass that is on says comes first.
    pub fn broken(&self) -> Vec<&Broken> {
        let passes = self.pass.iter().chain(&self.last);
        let mut found: Vec<&Broken> = Vec::new();
        for broken in passes.flat_map(|pass| &pass.broken) {
            if found.iter().all(|known| known.run != broken.run) {
                found.push(broken);
            }
        }
        found
    }
}

/// Where a run that is larger than a piece is gone on with.
struct Half {
    head: RunHead,
    /// The run that the pass had done with before it.
    after: Option<RunId>,
    seq: Seq,
    hash: Hash,
}

/// Goes through the ended runs of a store.
#[derive(Default)]
pub struct Auditor {
    half: Option<Half>,
}

impl Auditor {
    /// Checks the next piece and notes it; whether the pass is over with it. A store that is away
    /// is an error, and nothing is noted of what was not read.
    pub async fn piece(
        &mut self,
        store: &Arc<dyn Store>,
        audited: &mut Audited,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let pass = audited.pass.get_or_insert_with(|| Pass { began: now, ..Pass::default() });
        // Somebody else may have noted runs meanwhile, or begun anew.
        self.half.take_if(|half| half.after != pass.done_with);
        let heads = match &self.half {
            Some(half) => vec![half.head.clone()],
            None => next(&**store, pass.done_with).await?,
        };
        let reader = Reader::new(store.clone());
        let over = heads.is_empty();
        let mut left = PIECE_EVENTS;
        for head in heads {
            let run = head.run;
            let Some(verdict) = self.some_of(&reader, head, pass.done_with, &mut left).await?
            else {
                break;
            };
            pass.note(run, verdict);
        }
        pass.at = now;
        if over {
            audited.last = audited.pass.take();
        }
        Ok(over)
    }

    /// Checks a run's next events; none where the piece is used up before its end.
    async fn some_of(
        &mut self,
        reader: &Reader,
        head: RunHead,
        after: Option<RunId>,
        left: &mut u64,
    ) -> Result<Option<Verdict>, StoreError> {
        let (run, last) = (head.run, head.seq);
        let half = match self.half.take().filter(|half| half.head.run == run) {
            Some(half) => half,
            None => match reader.workflow(&head).await {
                Ok(_) => {
                    let hash = genesis(run, &head.workflow_digest);
                    Half { head, after, seq: 0, hash }
                }
                Err(error) => return verdict(run, error).map(Some),
            },
        };
        let upto = last.min(half.seq + *left);
        match reader.check_part(&half.head, half.seq, half.hash, upto).await {
            Ok(hash) => {
                *left -= upto - half.seq;
                if upto < last {
                    self.half = Some(Half { seq: upto, hash, ..half });
                    return Ok(None);
                }
                Ok(Some(Verdict::Sound))
            }
            Err(error) => verdict(run, error).map(Some),
        }
    }
}

/// What a run is.
enum Verdict {
    Sound,
    Broken(Broken),
    /// It was removed meanwhile.
    Gone,
}

impl Pass {
    fn note(&mut self, run: RunId, verdict: Verdict) {
        self.done_with = Some(run);
        match verdict {
            Verdict::Sound => self.sound += 1,
            Verdict::Broken(broken) => {
                self.broken_count += 1;
                if self.broken.len() < NAMED_MAX {
                    self.broken.push(broken);
                }
            }
            Verdict::Gone => {}
        }
    }
}

/// The ended runs before one, newest first.
async fn next(store: &dyn Store, before: Option<RunId>) -> Result<Vec<RunHead>, StoreError> {
    let phases = Phase::ENDS.to_vec();
    store.runs(RunFilter { phases, before, limit: PIECE_RUNS, ..RunFilter::default() }).await
}

/// What an error says of a run. That the store is away says nothing.
fn verdict(run: RunId, error: LoadError) -> Result<Verdict, StoreError> {
    let broken = |first_bad, why| Ok(Verdict::Broken(Broken { run, first_bad, why }));
    match error {
        LoadError::Store(StoreError::NoSuchRun(_)) => Ok(Verdict::Gone),
        LoadError::Store(StoreError::Corrupt(why)) => broken(None, why),
        LoadError::Store(error) => Err(error),
        LoadError::Chain { fault, .. } => broken(Some(fault.first_bad()), fault.to_string()),
        error => broken(None, error.to_string()),
    }
}

//! The last wakes of a store, in memory: a ring behind a cursor that only grows. Pure; waiting is
//! the store's.

use crate::store::{WakeCursor, Wakes};
use std::collections::{BTreeSet, VecDeque};
use windlass_model::RunId;

/// Wakes that are remembered. A driver asks again within milliseconds; one that is further behind
/// than this looks at all of its runs, which costs less than remembering more.
const WAKES_MAX: usize = 4096;

/// The ring.
#[derive(Clone, Debug)]
pub struct WakeLog {
    /// The cursor before the oldest wake that is remembered.
    base: WakeCursor,
    wakes: VecDeque<RunId>,
}

impl WakeLog {
    /// Begins after a cursor, which must be above zero and above any that was ever given out for
    /// the same data.
    pub fn starting_at(base: WakeCursor) -> Self {
        Self { base: base.max(1), wakes: VecDeque::new() }
    }

    /// The present cursor.
    pub fn cursor(&self) -> WakeCursor {
        self.base + self.wakes.len() as WakeCursor
    }

    /// Remembers that something was posted or granted to a run.
    pub fn push(&mut self, run: RunId) {
        if self.wakes.len() == WAKES_MAX {
            self.wakes.pop_front();
            self.base += 1;
        }
        self.wakes.push_back(run);
    }

    /// Answers a cursor; nothing where the answer is to wait.
    pub fn since(&self, after: WakeCursor) -> Option<Wakes> {
        let cursor = self.cursor();
        if after == 0 {
            return Some(Wakes { cursor, runs: Vec::new(), lost: false });
        }
        if after < self.base || after > cursor {
            return Some(Wakes { cursor, runs: Vec::new(), lost: true });
        }
        let skip = usize::try_from(after - self.base).unwrap_or(usize::MAX);
        let runs: BTreeSet<RunId> = self.wakes.iter().skip(skip).copied().collect();
        (!runs.is_empty()).then(|| Wakes { cursor, runs: runs.into_iter().collect(), lost: false })
    }

    /// The answer when nobody was woken in time.
    pub fn nothing(&self) -> Wakes {
        Wakes { cursor: self.cursor(), runs: Vec::new(), lost: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(n: usize) -> RunId {
        RunId(uuid::Uuid::from_u128(n as u128))
    }

    #[test]
    fn what_fell_out_of_the_ring_is_lost_and_said_so() {
        let mut log = WakeLog::starting_at(0);
        let first = log.cursor();
        assert!(log.since(first).is_none(), "nothing yet: wait");
        for n in 0..WAKES_MAX + 1 {
            log.push(run(n));
        }
        assert!(log.since(first).is_some_and(|wakes| wakes.lost));
        assert!(log.since(log.cursor() + 1).is_some_and(|wakes| wakes.lost), "of another time");
        let last = log.since(log.cursor() - 1).unwrap();
        assert_eq!(last.runs, [run(WAKES_MAX)]);
        assert!(!last.lost);
    }
}

//! One listener for the whole process: hears from the store which runs got a signal or a lock, and
//! tells their drivers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::Notify;
use windlass_model::{Millis, RunId};
use windlass_ports::Store;

/// How long one wait for wakes lasts. The listener notices within this time that nobody needs it
/// any more.
const WAIT_MS: Millis = 5_000;

/// Pause after the store could not be asked, so that a dead store is not asked in a circle.
const RETRY_MS: Millis = 200;

type Drivers = Mutex<BTreeMap<RunId, Arc<Notify>>>;

/// The drivers of this process by run.
#[derive(Default)]
pub struct Switchboard {
    drivers: Drivers,
}

/// A driver's place at the switchboard; given back when dropped.
pub struct Line {
    board: Arc<Switchboard>,
    run: RunId,
    /// Rings when there is something to look at.
    pub bell: Arc<Notify>,
}

impl Switchboard {
    /// Takes a line for a run.
    pub fn line(self: &Arc<Self>, run: RunId) -> Line {
        let bell = Arc::new(Notify::new());
        self.lock().insert(run, bell.clone());
        Line { board: self.clone(), run, bell }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<RunId, Arc<Notify>>> {
        self.drivers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ring(&self, runs: &[RunId], all: bool) {
        let drivers = self.lock();
        if all {
            drivers.values().for_each(|bell| bell.notify_one());
        } else {
            runs.iter().filter_map(|run| drivers.get(run)).for_each(|bell| bell.notify_one());
        }
    }

    /// Listens for as long as the switchboard lives.
    pub async fn listen(board: Weak<Self>, store: Arc<dyn Store>) {
        let mut cursor = 0;
        while board.strong_count() > 0 {
            let heard = store.wakes(cursor, WAIT_MS).await;
            let Some(board) = board.upgrade() else { return };
            match heard {
                Ok(wakes) => {
                    board.ring(&wakes.runs, wakes.lost || cursor == 0);
                    cursor = wakes.cursor;
                }
                Err(error) => {
                    tracing::debug!(%error, "the store does not tell wakes");
                    let pause = std::time::Duration::from_millis(RETRY_MS);
                    let never = std::future::pending::<()>();
                    // A wait with a limit, not a sleep in place of a condition: the store has no
                    // bell of its own.
                    drop(tokio::time::timeout(pause, never).await);
                }
            }
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.board.lock().remove(&self.run);
    }
}

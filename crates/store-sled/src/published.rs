//! What is durable, for readers: the books, the wakes, and a bell that rings after every group. It
//! must not know who writes.

use crate::books::Books;
use crate::group::Group;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;
use tokio::sync::watch;
use windlass_model::Millis;
use windlass_ports::wake_log::WakeLog;

/// The readers' side of the store.
#[derive(Debug)]
pub struct Published {
    state: RwLock<State>,
    bell: watch::Sender<u64>,
}

/// What readers see, as of one moment.
#[derive(Debug)]
pub struct State {
    /// The books.
    pub books: Books,
    /// The wakes.
    pub wakes: WakeLog,
}

impl Published {
    /// The state at open. `wakes_from` is above any cursor that was ever given out for this store.
    pub fn new(books: Books, wakes_from: u64) -> Self {
        let state = State { books, wakes: WakeLog::starting_at(wakes_from) };
        Self { state: RwLock::new(state), bell: watch::Sender::new(0) }
    }

    /// The state now. Held for as short as it takes to copy something out.
    pub fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes over what a group changed, and rings.
    pub fn publish(&self, ahead: &Books, group: &Group) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        for run in &group.runs {
            match ahead.find(*run) {
                Some(book) => state.books.put(*run, book.clone()),
                None => state.books.remove(*run),
            }
        }
        for name in &group.locks {
            if let Some(lock) = ahead.locks.get(name) {
                state.books.locks.insert(name.clone(), lock.clone());
            }
        }
        state.books.workflows.extend(group.workflows.iter().cloned());
        group.wakes.iter().for_each(|run| state.wakes.push(*run));
        drop(state);
        self.bell.send_modify(|rings| *rings += 1);
    }

    /// How often something was written since the store was opened.
    pub fn groups(&self) -> u64 {
        *self.bell.borrow()
    }

    /// Asks until there is an answer or the time is over, each time the bell rings.
    pub async fn wait<T>(&self, wait_ms: Millis, ask: impl Fn(&State) -> Option<T>) -> Option<T> {
        let mut bell = self.bell.subscribe();
        let answered = async {
            loop {
                bell.borrow_and_update();
                if let Some(answer) = ask(&self.read()) {
                    return Some(answer);
                }
                bell.changed().await.ok()?;
            }
        };
        let wait = Duration::from_millis(wait_ms);
        tokio::time::timeout(wait, answered).await.ok().flatten()
    }
}

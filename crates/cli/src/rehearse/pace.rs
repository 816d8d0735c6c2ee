//! Time that jumps: it stands still while anything is at work, and jumps to the next moment that
//! somebody waits for as soon as nothing is. An hour of copying costs a rehearsal no time, and no
//! timeout ever fires because a machine was slow.
//!
//! It must run on a runtime of one thread, where a turn of the queue tells that nobody has anything
//! to do.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, oneshot};
use windlass_model::{Millis, Timestamp};
use windlass_ports::{BoxFuture, Clock};

/// Turns of the queue without a stir before time jumps: more than any chain of tasks that wake
/// one another takes between two pieces of work (answer, driver, recorder), of which one turn
/// carries out dozens. Each costs a look at the sockets.
const TURNS: usize = 16;

#[derive(Debug)]
struct Inner {
    now: Timestamp,
    sleepers: BTreeMap<(Timestamp, u64), oneshot::Sender<()>>,
    next: u64,
    busy: usize,
    stirs: u64,
}

/// The time of one rehearsal. Clones share it.
#[derive(Clone, Debug)]
pub struct Pace {
    inner: Arc<Mutex<Inner>>,
    stirred: Arc<Notify>,
}

/// Something at work: time stands still until it is dropped.
#[derive(Debug)]
pub struct Busy(Pace);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.stir(|inner| inner.busy -= 1);
    }
}

impl Pace {
    /// Time that begins here.
    pub fn new(start: Timestamp) -> Self {
        let inner = Inner { now: start, sleepers: BTreeMap::new(), next: 0, busy: 0, stirs: 0 };
        Self { inner: Arc::new(Mutex::new(inner)), stirred: Arc::default() }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stir<T>(&self, change: impl FnOnce(&mut Inner) -> T) -> T {
        let mut inner = self.inner();
        inner.stirs += 1;
        let done = change(&mut inner);
        self.stirred.notify_one();
        done
    }

    /// Begins a piece of work.
    pub fn busy(&self) -> Busy {
        self.stir(|inner| inner.busy += 1);
        Busy(self.clone())
    }

    /// Lets time jump for as long as it is polled. `advance` moves the simulated world by so many
    /// milliseconds first; its error ends the rehearsal.
    pub async fn keep<F>(&self, advance: impl Fn(Millis) -> F) -> String
    where
        F: Future<Output = Result<(), String>>,
    {
        loop {
            let Some((next, span)) = self.next_jump().await else {
                self.stirred.notified().await;
                continue;
            };
            if let Err(why) = advance(span).await {
                return why;
            }
            self.stir(|inner| {
                inner.now = next;
                let later = inner.sleepers.split_off(&(next.after(1), 0));
                let due = std::mem::replace(&mut inner.sleepers, later);
                // Who does not wait any more does not care.
                due.into_values().for_each(|sleeper| {
                    let _ = sleeper.send(());
                });
            });
        }
    }

    /// The moment to jump to and how far it is; none while anything is at work or nobody waits.
    async fn next_jump(&self) -> Option<(Timestamp, Millis)> {
        let before = self.inner().stirs;
        for _ in 0..TURNS {
            tokio::task::yield_now().await;
        }
        let inner = self.inner();
        let (next, _) = *inner.sleepers.keys().next()?;
        (inner.busy == 0 && inner.stirs == before).then(|| (next, next.since(inner.now)))
    }
}

/// A place in the list of sleepers, given back when its owner goes away.
struct Place {
    pace: Pace,
    key: (Timestamp, u64),
}

impl Drop for Place {
    fn drop(&mut self) {
        self.pace.stir(|inner| drop(inner.sleepers.remove(&self.key)));
    }
}

impl Clock for Pace {
    fn now(&self) -> Timestamp {
        self.inner().now
    }

    fn sleep_until(&self, until: Timestamp) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            if self.now() >= until {
                return;
            }
            let (wake, woken) = oneshot::channel();
            let key = self.stir(|inner| {
                inner.next += 1;
                let key = (until, inner.next);
                inner.sleepers.insert(key, wake);
                key
            });
            let place = Place { pace: self.clone(), key };
            // The list lives as long as this clock does.
            let _ = woken.await;
            drop(place);
        })
    }
}

/// The clock of a piece of work, which is not at work while it sleeps.
#[derive(Clone, Debug)]
pub struct WorkClock(pub Pace);

/// Work that rests; at its end, dropped or not, the work goes on to its own end.
struct Resting(Pace);

impl Drop for Resting {
    fn drop(&mut self) {
        self.0.stir(|inner| inner.busy += 1);
    }
}

impl Clock for WorkClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn sleep_until(&self, until: Timestamp) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let place = self.0.stir(|inner| {
                inner.busy -= 1;
                Resting(self.0.clone())
            });
            self.0.sleep_until(until).await;
            drop(place);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> Timestamp {
        Timestamp(1_000_000)
    }

    #[tokio::test]
    async fn time_jumps_from_sleeper_to_sleeper_and_stands_while_work_goes_on() {
        let pace = Pace::new(start());
        let spans = Arc::new(Mutex::new(Vec::new()));
        let (told, seen) = (spans.clone(), pace.clone());
        let keeper = tokio::spawn(async move {
            let advance = |span| {
                told.lock().unwrap().push(span);
                std::future::ready(Ok(()))
            };
            seen.keep(advance).await
        });
        let other = pace.clone();
        let long = tokio::spawn(async move {
            let _work = other.busy();
            WorkClock(other.clone()).sleep_until(start().after(3_600_000)).await;
            other.now()
        });
        pace.sleep_until(start().after(60_000)).await;
        assert_eq!(pace.now(), start().after(60_000));
        assert_eq!(long.await.unwrap(), start().after(3_600_000));
        let work = pace.busy();
        let (sleeper, until) = (pace.clone(), pace.now().after(5));
        let waits = tokio::spawn(async move { sleeper.sleep_until(until).await });
        for _ in 0..TURNS * 4 {
            tokio::task::yield_now().await;
        }
        assert!(!waits.is_finished(), "something is at work");
        drop(work);
        waits.await.unwrap();
        keeper.abort();
        assert_eq!(*spans.lock().unwrap(), [60_000, 3_540_000, 5]);
    }

    #[tokio::test]
    async fn a_sleeper_that_goes_away_is_forgotten() {
        let pace = Pace::new(start());
        let sleeper = pace.clone();
        let task = tokio::spawn(async move { sleeper.sleep_until(start().after(10)).await });
        tokio::task::yield_now().await;
        task.abort();
        drop(task.await);
        assert!(pace.next_jump().await.is_none());
        assert_eq!(pace.inner().busy, 0);
    }
}

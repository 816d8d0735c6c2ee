//! Clocks for tests: one that moves when told, and one that follows a runtime's own, which a test
//! may pause. Neither reads the machine's time.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use windlass_model::{Millis, Timestamp};
use windlass_ports::{BoxFuture, Clock};

/// A clock that stands still until it is moved. Clones show the same time.
#[derive(Clone, Debug, Default)]
pub struct SimClock(Arc<Mutex<Hands>>);

#[derive(Debug, Default)]
struct Hands {
    now: Timestamp,
    sleepers: Vec<(Timestamp, Waker)>,
}

impl SimClock {
    /// A clock that shows this time.
    pub fn starting_at(now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(Hands { now, sleepers: Vec::new() })))
    }

    /// Sets the clock, backwards too, and wakes whoever slept until then.
    pub fn set(&self, now: Timestamp) {
        let mut hands = self.hands();
        hands.now = now;
        let (due, later) = hands.sleepers.drain(..).partition(|(until, _)| *until <= now);
        hands.sleepers = later;
        let due: Vec<(Timestamp, Waker)> = due;
        drop(hands);
        due.into_iter().for_each(|(_, waker)| waker.wake());
    }

    /// Moves the clock on.
    pub fn advance(&self, span: Millis) {
        self.set(self.now().after(span));
    }

    /// The earliest time that somebody sleeps until.
    pub fn next_sleeper(&self) -> Option<Timestamp> {
        self.hands().sleepers.iter().map(|(until, _)| *until).min()
    }

    fn hands(&self) -> MutexGuard<'_, Hands> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        self.hands().now
    }

    fn sleep_until(&self, until: Timestamp) -> BoxFuture<'_, ()> {
        Box::pin(Sleep { clock: self.clone(), until })
    }
}

struct Sleep {
    clock: SimClock,
    until: Timestamp,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut hands = self.clock.hands();
        if hands.now >= self.until {
            return Poll::Ready(());
        }
        hands.sleepers.push((self.until, cx.waker().clone()));
        Poll::Pending
    }
}

/// A clock that follows tokio's: where a test pauses that one, days pass in no time.
#[derive(Clone, Debug)]
pub struct RuntimeClock {
    start: Timestamp,
    began: tokio::time::Instant,
}

impl RuntimeClock {
    /// A clock that shows `start` now.
    pub fn starting_at(start: Timestamp) -> Self {
        Self { start, began: tokio::time::Instant::now() }
    }
}

impl Clock for RuntimeClock {
    fn now(&self) -> Timestamp {
        self.start.after(u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a home of sleeping, as SystemClock is: the runtime's clock may be paused"
    )]
    fn sleep_until(&self, until: Timestamp) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep_until(
            self.began + Duration::from_millis(until.since(self.start)),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleeping_ends_when_the_clock_is_moved() {
        let clock = SimClock::starting_at(Timestamp(1_000));
        let mut sleep = clock.sleep_until(Timestamp(3_000));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(sleep.as_mut().poll(&mut cx).is_pending());
        assert_eq!(clock.next_sleeper(), Some(Timestamp(3_000)));
        clock.advance(2_000);
        assert!(sleep.as_mut().poll(&mut cx).is_ready());
        assert_eq!(clock.next_sleeper(), None);
    }
}

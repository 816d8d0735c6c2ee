//! Where a rehearsal's engine dies: before or after its n-th write to the history.

use std::fmt;
use std::sync::Mutex;
use std::sync::PoisonError;
use tokio::sync::Notify;
use windlass_model::Seq;
use windlass_ports::store::Append;

/// On which side of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Nothing of it was written.
    Before,
    /// It is durable, and nobody heard of it.
    After,
}

/// One write to the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Write {
    /// The n-th, counted from 1.
    Nth(usize),
    /// The one that holds this event.
    Holding(Seq),
}

/// Which write, and on which side of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CrashPoint {
    /// Which.
    pub write: Write,
    /// On which side.
    pub moment: Moment,
}

impl fmt::Display for CrashPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = if self.moment == Moment::Before { "before" } else { "after" };
        match self.write {
            Write::Nth(nth) => write!(f, "{side} write {nth}"),
            Write::Holding(seq) => write!(f, "{side} event {seq}"),
        }
    }
}

/// Counts the writes of one engine and says when it dies.
#[derive(Debug, Default)]
pub struct Watch {
    point: Option<CrashPoint>,
    writes: Mutex<usize>,
    /// Told once, when it has died.
    pub died: Notify,
}

impl Watch {
    /// A watch over an engine that dies at a point, or never.
    pub fn new(point: Option<CrashPoint>) -> Self {
        Self { point, ..Self::default() }
    }

    /// Counts a write; on which side of it the engine dies, where it does.
    pub fn next(&self, append: &Append) -> Option<Moment> {
        let mut writes = self.writes.lock().unwrap_or_else(PoisonError::into_inner);
        *writes += 1;
        let last = append.expected + append.events.len() as Seq;
        let point = self.point.filter(|point| match point.write {
            Write::Nth(nth) => nth == *writes,
            Write::Holding(seq) => append.expected < seq && seq <= last,
        });
        point.map(|point| point.moment)
    }

    /// Writes so far.
    pub fn writes(&self) -> usize {
        *self.writes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

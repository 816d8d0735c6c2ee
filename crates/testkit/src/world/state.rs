//! The world itself: things, remote operations, the ledger. Synchronous, so that a simulation
//! replays; it must not know who calls or why.

use super::faults::Faults;
use super::ledger::{Deed, Entry, Thing};
use crate::prng::Prng;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use windlass_model::{Millis, RequestId, Side, StepId, Timestamp};

/// What a thing is after an operation failed half-way: no step ever sets this value.
pub const HALF: i64 = -1;

/// A request as it arrives.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Its id, by which the world remembers it.
    pub id: RequestId,
    /// For which step.
    pub step: StepId,
    /// Its own effect, or that of its compensation.
    pub side: Side,
    /// To what.
    pub target: String,
    /// What the thing is to be.
    pub value: Thing,
    /// How long it takes; absent is at once.
    pub takes_ms: Option<Millis>,
    /// A request whose operation it ends where that still works.
    pub ends: Option<RequestId>,
}

/// Where a request's operation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// No trace of it.
    Absent,
    /// At work.
    Running {
        /// When it began.
        since: Timestamp,
        /// When it ends.
        until: Timestamp,
    },
    /// Done.
    Done,
    /// Failed, or was ended.
    Failed,
}

#[derive(Clone, Debug)]
struct Operation {
    request: Request,
    fate: Fate,
    half: bool,
}

/// The world.
#[derive(Debug)]
pub struct State {
    things: BTreeMap<String, i64>,
    operations: BTreeMap<RequestId, Operation>,
    running: Vec<(Timestamp, RequestId)>,
    ledger: Vec<Entry>,
    /// What goes wrong from now on.
    pub faults: Faults,
    /// Chooses the faults.
    pub prng: Prng,
}

/// The world as its actions share it.
#[derive(Clone, Debug)]
pub struct World(Arc<Mutex<State>>);

impl World {
    /// A world of things, in which so much goes wrong.
    pub fn new(things: BTreeMap<String, i64>, faults: Faults, prng: Prng) -> Self {
        Self(Arc::new(Mutex::new(State {
            things,
            operations: BTreeMap::new(),
            running: Vec::new(),
            ledger: Vec::new(),
            faults,
            prng,
        })))
    }

    /// The world's inside.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// What a thing is.
    pub fn thing(&self, name: &str) -> Thing {
        self.things.get(name).copied()
    }

    /// All things.
    pub fn things(&self) -> &BTreeMap<String, i64> {
        &self.things
    }

    /// The ledger.
    pub fn ledger(&self) -> &[Entry] {
        &self.ledger
    }

    /// Lets time pass: operations whose time has come end, in the order of their ends.
    pub fn pass(&mut self, now: Timestamp) {
        self.running.sort_unstable();
        while let Some((until, id)) = self.running.first().copied().filter(|(at, _)| *at <= now) {
            self.running.remove(0);
            let Some(operation) = self.operations.get_mut(&id) else { continue };
            if !matches!(operation.fate, Fate::Running { .. }) {
                continue;
            }
            let half = operation.half;
            operation.fate = if half { Fate::Failed } else { Fate::Done };
            let request = operation.request.clone();
            let value = if half { Some(HALF) } else { request.value };
            self.write(&request, value, half, until);
        }
    }

    /// A request arrives and takes effect, at once or in its time. One that was seen before does it
    /// again: the world protects nobody.
    pub fn arrive(&mut self, request: Request, now: Timestamp) -> Fate {
        self.pass(now);
        if let Some(other) = request.ends {
            self.end(other, now);
        }
        let slow = self.prng.per_mille(self.faults.slow);
        let half = request.takes_ms.is_some() && self.prng.per_mille(self.faults.half_done);
        let fate = match request.takes_ms {
            None => {
                self.write(&request, request.value, false, now);
                Fate::Done
            }
            Some(span) => {
                let until = now.after(if slow { span * 20 } else { span });
                self.running.push((until, request.id));
                self.note(&request, Deed::Begun, now);
                Fate::Running { since: now, until }
            }
        };
        self.operations.insert(request.id, Operation { request, fate, half });
        fate
    }

    /// Where a request's operation stands now.
    pub fn fate(&mut self, id: RequestId, now: Timestamp) -> Fate {
        self.pass(now);
        self.operations.get(&id).map_or(Fate::Absent, |operation| operation.fate)
    }

    fn end(&mut self, id: RequestId, now: Timestamp) {
        let Some(operation) = self.operations.get_mut(&id) else { return };
        if matches!(operation.fate, Fate::Running { .. }) {
            operation.fate = Fate::Failed;
            let request = operation.request.clone();
            self.note(&request, Deed::Cancelled, now);
        }
    }

    fn write(&mut self, request: &Request, value: Thing, half: bool, at: Timestamp) {
        let before = self.thing(&request.target);
        match value {
            Some(value) => self.things.insert(request.target.clone(), value),
            None => self.things.remove(&request.target),
        };
        let deed = if half {
            Deed::Halved { before, after: value }
        } else {
            Deed::Applied { before, after: value }
        };
        self.note(request, deed, at);
    }

    fn note(&mut self, request: &Request, deed: Deed, at: Timestamp) {
        let Request { id, step, side, target, .. } = request.clone();
        self.ledger.push(Entry { at, step, side, request: id, target, deed });
    }
}

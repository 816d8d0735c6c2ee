//! Another run that wants the same environment. It waits for the lock, works under it, ends, and
//! gives it back or dies before; or it takes over: the run that it replaces ends superseded, and it
//! inherits the lock. Only what others see of it is played: its head, its lock.

use crate::happening::{ActorId, Happening};
use crate::mutant::Mutant;
use crate::ready::ready;
use crate::sim::Sim;
use windlass_engine::core::Input;
use windlass_engine::locks;
use windlass_model::observation::Signal;
use windlass_model::run::Course;
use windlass_model::{Event, EventKind, Phase, RunId, Seq};
use windlass_ports::store::{Append, LeaseAnswer, LeaseRequest, NewRun};

/// The environment's lock.
pub const LOCK: &str = "environment";

/// How often a run that waits looks at the lock, as the engine does.
const LOOK_MS: u64 = 2_000;

/// Where the other run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Neighbour {
    /// There is none in this seed, or it has ended.
    Gone,
    /// It is going to take over.
    Comes,
    /// It wants the lock.
    Wants,
    /// It waits for it.
    Waits,
    /// It has handed itself the lock, and waits for the end of the run that it replaces.
    TakesOver,
    /// It works in the environment.
    Works,
}

/// The other run's id: newer than any that is played.
pub fn neighbour() -> RunId {
    RunId(uuid::Uuid::from_u128(u128::from(u64::MAX) | 7 << 76))
}

impl Sim {
    /// Decides when the other run comes, and how.
    pub fn plan_neighbour(&mut self, new: NewRun) {
        if !self.locked || !self.prng.percent(70) {
            return;
        }
        let mut new = new;
        new.head.run = neighbour();
        ready(self.store.create_run(new)).unwrap();
        let takes_over = self.prng.percent(20);
        // First in the line, or somewhere in the run's life.
        let at = if takes_over || self.prng.percent(60) { self.prng.below(200_000) } else { 0 };
        self.neighbour = if takes_over { Neighbour::Comes } else { Neighbour::Wants };
        let happening = if takes_over { Happening::TakeOver } else { Happening::Neighbour };
        self.soon(at, happening);
    }

    /// The other run moves on.
    pub fn neighbour_moves(&mut self) -> Result<(), String> {
        let next = match self.neighbour {
            Neighbour::Gone | Neighbour::Comes => return Ok(()),
            Neighbour::Wants | Neighbour::Waits => {
                let holder = ready(locks::ask(&*self.store, LOCK, neighbour()));
                if holder.map_err(|error| error.to_string())? == Some(neighbour()) {
                    self.met.released |= self.neighbour == Neighbour::Waits;
                    return self.neighbour_works();
                }
                Neighbour::Waits
            }
            // Whoever takes over acts only once the end of the other is durable.
            Neighbour::TakesOver if self.replaced() || self.mirror.run.phase().ended() => {
                self.met.superseded |= self.replaced();
                return self.wait_for_lock();
            }
            Neighbour::TakesOver => Neighbour::TakesOver,
            Neighbour::Works => return self.neighbour_ends(),
        };
        self.neighbour = next;
        Ok(())
    }

    fn replaced(&self) -> bool {
        let replaces = |event: &Event| matches!(event.kind, EventKind::RunSuperseded { .. });
        self.mirror.events.iter().any(replaces)
    }

    /// Something is durable: where it is an end of the run, whoever waits for that looks.
    pub fn neighbour_hears(&mut self, news: &[Event]) {
        let waits = matches!(self.neighbour, Neighbour::Waits | Neighbour::TakesOver);
        let ends = |event: &Event| {
            matches!(
                event.kind,
                EventKind::RunSuperseded { .. }
                    | EventKind::RunSucceeded
                    | EventKind::RunRolledBack
                    | EventKind::RunCancelled
            )
        };
        if waits && news.iter().any(ends) {
            let delay = self.prng.below(2 * LOOK_MS);
            self.soon(delay, Happening::Neighbour);
        }
    }

    fn wait_for_lock(&mut self) -> Result<(), String> {
        self.neighbour = Neighbour::Wants;
        self.neighbour_moves()
    }

    fn neighbour_works(&mut self) -> Result<(), String> {
        let run = &self.mirror.run;
        if !run.phase().ended() && !run.active.is_empty() {
            return Err("another run got the lock while this one is at work".to_owned());
        }
        self.neighbour = Neighbour::Works;
        let span = self.prng.between(100, 90_000);
        self.soon(span, Happening::Neighbour);
        Ok(())
    }

    /// Its end is durable; giving the lock back is another write, and it may die in between.
    fn neighbour_ends(&mut self) -> Result<(), String> {
        let (run, owner, now) = (neighbour(), "neighbour".to_owned(), self.now());
        let request = LeaseRequest { run, owner, now, ttl_ms: 1_000, displaces: None };
        let answer = ready(self.store.acquire_lease(request)).map_err(|e| e.to_string())?;
        let LeaseAnswer::Granted(lease) = answer else { return Err("nobody else has it".into()) };
        let append = Append {
            run,
            expected: 0 as Seq,
            epoch: lease.epoch,
            events: vec![b"its end".to_vec()],
            phase: Phase::Succeeded,
            updated_at: now,
            due: None,
            consumed_signals: Vec::new(),
        };
        ready(self.store.append(append)).map_err(|error| error.to_string())?;
        self.neighbour = Neighbour::Gone;
        if self.prng.percent(20) {
            return Ok(());
        }
        ready(self.store.release_lock(LOCK.to_owned(), run)).map_err(|e| e.to_string())?;
        let actors: Vec<ActorId> = self.actors.keys().copied().collect();
        for id in actors {
            let delay = self.prng.below(600);
            self.soon(delay, Happening::Bell(id));
        }
        Ok(())
    }

    /// `start --takes-over`: the lock is handed on past the queue, then the old run is told.
    pub fn take_over(&mut self) -> Result<(), String> {
        if self.mirror.run.phase().ended() {
            return self.wait_for_lock();
        }
        self.neighbour = Neighbour::TakesOver;
        let state = ready(self.store.lock(LOCK.to_owned())).map_err(|e| e.to_string())?;
        if state.holder == Some(self.run) {
            let handed = self.store.hand_lock(LOCK.to_owned(), self.run, neighbour());
            ready(handed).map_err(|error| error.to_string())?;
        }
        self.send(0, Signal::Supersede { by: neighbour() });
        Ok(())
    }

    /// What an engine does when its bell rings, as `Drive::listen` does: it hears signals, and asks
    /// for the lock while it does not have it.
    pub fn listen(&mut self, id: ActorId) -> Result<(), String> {
        let signals = self.pending()?;
        let Some(actor) = self.actors.get(&id) else { return Ok(()) };
        if actor.opened {
            return match signals.is_empty() {
                true => Ok(()),
                false => self.feed(id, Input::Signals(signals)),
            };
        }
        let undo = signals.iter().any(|(_, signal)| matches!(signal, Signal::Rollback { .. }));
        let over = matches!(actor.core.run().course, Course::Ended(_)) && !undo;
        if self.locked && !over && self.mutant != Mutant::LockNotAsked {
            let holder = ready(locks::ask(&*self.store, LOCK, self.run));
            let holder = holder.map_err(|error| error.to_string())?;
            if holder != Some(self.run) {
                self.met.queued = true;
                self.feed(id, Input::Signals(signals))?;
                self.soon(LOOK_MS, Happening::Bell(id));
                return self.feed(id, Input::Queued { behind: holder });
            }
        }
        let Some(actor) = self.actors.get_mut(&id) else { return Ok(()) };
        actor.opened = true;
        let by = actor.lease.owner.clone();
        self.feed(id, Input::Opened { by, signals, drifted: Vec::new() })
    }

    /// The run has ended: its engine gives the lock back, or dies before it does.
    pub fn give_lock_back(&mut self) -> Result<(), String> {
        if !self.locked || self.prng.percent(10) {
            return Ok(());
        }
        ready(self.store.release_lock(LOCK.to_owned(), self.run)).map_err(|e| e.to_string())?;
        Ok(())
    }

    /// Nothing begins in an environment in which another run works.
    pub fn alone(&self, event: &Event) -> Result<(), String> {
        let begins =
            matches!(event.kind, EventKind::AttemptStarted { .. } | EventKind::RunStarted { .. });
        match begins && self.neighbour == Neighbour::Works {
            true => Err(format!("event {} begins while another run works", event.seq)),
            false => Ok(()),
        }
    }

    /// At the end nobody waits for a lock, and whoever holds it has ended.
    pub fn nobody_waits(&self) -> Result<(), String> {
        let state = ready(self.store.lock(LOCK.to_owned())).map_err(|e| e.to_string())?;
        let holder = state.holder.map(|run| ready(self.store.head(run)).map(|head| head.phase));
        let held = matches!(holder, Some(Ok(phase)) if !phase.ended());
        match self.neighbour == Neighbour::Gone && !held {
            true => Ok(()),
            false => Err(format!("the lock is not free: {state:?}, {:?}", self.neighbour)),
        }
    }
}

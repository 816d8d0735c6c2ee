//! Engines come and go: they start, displace each other, sleep, die; and the machine's clock jumps.

use crate::actor::Actor;
use crate::happening::{ActorId, Happening};
use crate::mutant::load;
use crate::ready::ready;
use crate::sim::Sim;
use std::collections::VecDeque;
use std::sync::Arc;
use windlass_engine::Reader;
use windlass_engine::core::{Core, Input};
use windlass_engine::lease::{LEASE_RENEW_MS, LEASE_TTL_MS, LeaseError, OwnerIsDead, take};
use windlass_engine::recorder::Recorder;
use windlass_model::Timestamp;
use windlass_ports::Clock;

impl Sim {
    /// An engine tries to take the run, as `Engine::drive` does.
    pub fn start(&mut self, displace: bool) -> Result<(), String> {
        if self.over {
            return Ok(());
        }
        for actor in self.actors.values_mut() {
            // A living engine has renewed its lease within the last seconds, if it still has it.
            actor.lease.expires = self.clock.now().after(LEASE_TTL_MS);
            drop(ready(self.store.renew_lease(actor.lease.clone())));
        }
        self.actors_made += 1;
        let id = self.actors_made;
        let owner = format!("engine-{id}");
        let dead = self.dead.clone();
        let is_dead: OwnerIsDead = Arc::new(move |owner| displace || dead.contains(owner));
        let taken = ready(take(&*self.store, &self.clock, self.run, &owner, &is_dead));
        let lease = match taken {
            Ok(lease) => lease,
            Err(LeaseError::Held { .. }) => return Ok(()),
            Err(error) => return Err(error.to_string()),
        };
        let rivals: Vec<ActorId> = self.actors.keys().copied().collect();
        for rival in rivals {
            self.met.stolen = true;
            self.met.stolen_in_rollback |= self.mirror.run.going_back();
            // It finds out when it renews its lease, unless an append tells it before.
            let delay = self.prng.below(LEASE_RENEW_MS);
            self.soon(delay, Happening::Displaced(rival));
        }
        let loaded = load(self.mutant, &self.store, self.run).map_err(|e| e.to_string())?;
        if loaded.run != self.mirror.run {
            return Err("an engine goes on from a state that is not the history's fold".to_owned());
        }
        self.reader_agrees()?;
        let core = Core::new(
            loaded.workflow.clone(),
            loaded.run,
            self.cipher.clone(),
            self.effects.clone(),
        );
        let store = self.store.clone();
        let recorder =
            Recorder::new(store, self.run, lease.epoch, loaded.hash, loaded.checkpointed);
        let leaves = self.prng.percent(15);
        let pending = VecDeque::new();
        let actor = Actor { core, recorder, lease, pending, opened: false, alarm: None, leaves };
        self.actors.insert(id, actor);
        self.listen(id)
    }

    /// From a checkpoint or from the first event: the state is the same.
    pub fn reader_agrees(&self) -> Result<(), String> {
        let reader = Reader::new(self.store.clone());
        let loaded = ready(reader.load(self.run)).map_err(|error| error.to_string())?;
        if loaded.run != self.mirror.run || loaded.hash != self.mirror.hash {
            return Err(format!(
                "checkpoint at event {} and tail are not the history's fold",
                loaded.checkpointed
            ));
        }
        Ok(())
    }

    pub fn alarm(&mut self, id: ActorId, at: Timestamp) -> Result<(), String> {
        let Some(actor) = self.actors.get_mut(&id).filter(|a| a.alarm == Some(at)) else {
            return Ok(());
        };
        if self.clock.now() < at {
            let (tick, order) = (self.tick + at.since(self.clock.now()), self.prng.number());
            self.queue.push(tick, order, Happening::Alarm(id, at));
            return Ok(());
        }
        actor.alarm = None;
        self.feed(id, Input::Woken)
    }

    /// An engine dies: what it knew is gone, what it sent may be on its way.
    pub fn crash(&mut self, id: ActorId) {
        let Some(actor) = self.actors.get(&id) else { return };
        self.met.crash = true;
        let in_flight = self.mirror.run.active.len();
        let known = !actor.core.run().active.is_empty();
        self.met.parallel_at_crash |= in_flight >= 2 && known;
        let gated = |at: u32| !self.mirror.workflow.step(at).gate.is_open();
        self.met.gated_at_crash |= self.mirror.run.timers.iter().any(|(_, id)| gated(id.0));
        self.dead.insert(actor.lease.owner.clone());
        self.leave(id, false);
    }

    /// An engine is no more. Somebody starts another sooner or later.
    pub fn leave(&mut self, id: ActorId, at_rest: bool) {
        let Some(actor) = self.actors.remove(&id) else { return };
        if at_rest {
            ready(self.store.release_lease(actor.lease)).ok();
        }
        let prng = &mut self.prng;
        drop(self.queue.take(|happening| match happening {
            Happening::CallLands(wire) => wire.actor == id && prng.percent(30),
            Happening::Reply(actor, ..) | Happening::Ends(actor, ..) => *actor == id,
            _ => false,
        }));
        if !at_rest && self.actors.is_empty() {
            let delay = self.prng.between(10, 30_000);
            self.soon(delay, Happening::Start { displace: false });
        }
    }

    /// The machine's clock jumps. Requests on their way arrive first: no wire is as slow as that.
    pub fn jump(&mut self, by: i64) -> Result<(), String> {
        let on_the_way = self.queue.take(|h| matches!(h, Happening::CallLands(_)));
        on_the_way.into_iter().try_for_each(|happening| self.happen(happening))?;
        self.met.clock_back |= by < 0;
        self.mirror.clock_back |= by < 0;
        self.offset += by;
        self.set_clock();
        let alarms: Vec<(ActorId, Timestamp)> =
            self.actors.iter().filter_map(|(id, a)| Some((*id, a.alarm?))).collect();
        for (id, at) in alarms {
            self.soon(0, Happening::Alarm(id, at));
        }
        Ok(())
    }
}

//! What the shell does with a core's effects: appends and calls, with their delays, losses and
//! crashes around them.

use crate::happening::{ActorId, Happening, Wire};
use crate::mutant::Mutant;
use crate::ready::ready;
use crate::shell::surroundings;
use crate::sim::Sim;
use windlass_engine::calls::perform;
use windlass_engine::core::{Batch, CallId, Closing, Dispatch, Effect, Input, Telling};
use windlass_engine::recorder::RecordError;
use windlass_model::decide::Verb;
use windlass_model::lane::Lane;
use windlass_model::observation::{ActionError, Executed, Observation, Probed, Sighting};
use windlass_model::{Event, EventKind, Failure, Phase, Seq, Side};
use windlass_ports::AppendError;
use windlass_testkit::world::kinds::SETTLE_MS;
use windlass_testkit::world::state::Fate;

/// How many of a thousand appends an engine dies at, before or after.
const CRASHES_PER_MILLE: u32 = 45;

impl Sim {
    /// An input for an engine, and what comes of it.
    pub fn feed(&mut self, id: ActorId, input: Input) -> Result<(), String> {
        let now = self.now();
        let Some(actor) = self.actors.get_mut(&id) else { return Ok(()) };
        let effects = actor.core.handle(input, now);
        let mut early = Vec::new();
        for effect in effects {
            match effect {
                Effect::Append(batch) => {
                    let upto = batch.expected + batch.events.len() as Seq;
                    early.extend((self.mutant == Mutant::ActBeforeIntent).then_some(upto));
                    self.append(id, batch);
                }
                Effect::Call(call, dispatch) => self.call(id, call, *dispatch)?,
                Effect::Tell(telling) => self.send_message(id, &telling)?,
                Effect::Abandon(lane) => self.tell(|| format!("engine {id} lets go of {lane:?}")),
                Effect::WakeAt(at) => {
                    if let Some(actor) = self.actors.get_mut(&id) {
                        actor.alarm = Some(at);
                    }
                    self.soon(at.since(now), Happening::Alarm(id, at));
                }
                Effect::Publish(events) => self.published(&events)?,
                Effect::Close(Closing::Bug(bug)) => return Err(format!("engine {id}: {bug}")),
                Effect::Close(Closing::Stopped) => {
                    return Err(format!("engine {id} stops at drift that nobody found"));
                }
                Effect::Close(Closing::Rest(phase)) => return self.rests(id, phase),
            }
        }
        early.into_iter().try_for_each(|seq| self.feed(id, Input::Appended(seq)))?;
        let waits = |a: &crate::actor::Actor| {
            a.leaves && a.core.run().phase() == Phase::Waiting && a.core.idle()
        };
        if self.actors.get(&id).is_some_and(waits) {
            self.leave(id, true);
            let delay = self.prng.between(1_000, 100_000);
            self.soon(delay, Happening::Start { displace: false });
        }
        Ok(())
    }

    /// A message goes out: of a durable event, and of none that is known to be told. An engine
    /// whose lease somebody else has does not know what that one has told; it learns of it when
    /// the store refuses what it appends.
    fn send_message(&mut self, actor: ActorId, telling: &Telling) -> Result<(), String> {
        let id = telling.id;
        if self.mirror.run.seq < id.event && self.mutant != Mutant::ActBeforeIntent {
            return Err(format!("{id:?} is told before its event is durable"));
        }
        let known = self.mirror.events.iter().any(
            |event| matches!(&event.kind, EventKind::StepNotified { notice, .. } if *notice == id),
        );
        if known && self.has_the_lease(actor)? {
            return Err(format!("{id:?} is sent again although it is known to be told"));
        }
        self.met.told_again |= !self.messages.insert(id);
        let lost = self.prng.percent(20);
        let result = if lost { Err("nobody is there".to_owned()) } else { Ok(()) };
        let delay = self.prng.below(20_000);
        self.soon(delay, Happening::Told(actor, id, result));
        Ok(())
    }

    fn has_the_lease(&self, id: ActorId) -> Result<bool, String> {
        let lease = ready(self.store.lease(self.run)).map_err(|error| error.to_string())?;
        let epoch = self.actors.get(&id).map(|actor| actor.lease.epoch);
        Ok(lease.map(|lease| lease.epoch) == epoch)
    }

    fn append(&mut self, id: ActorId, batch: Batch) {
        if let Some(actor) = self.actors.get_mut(&id) {
            actor.pending.push_back(batch);
        }
        let delay = self.prng.below(60);
        self.soon(delay, Happening::AppendLands(id));
    }

    /// The store is asked; the engine may die right before, right after, or meet the fence.
    pub fn append_lands(&mut self, id: ActorId) -> Result<(), String> {
        let dies = !self.calm && self.prng.per_mille(CRASHES_PER_MILLE);
        if dies && self.prng.percent(50) {
            self.crash(id);
            return Ok(());
        }
        let Some(actor) = self.actors.get_mut(&id) else { return Ok(()) };
        let Some(batch) = actor.pending.pop_front() else { return Ok(()) };
        let fence = ready(self.store.lease(self.run)).map_err(|error| error.to_string())?;
        let epoch = actor.lease.epoch;
        let result = ready(actor.recorder.append(batch));
        self.durable()?;
        match result {
            Ok(_) if fence.is_none_or(|lease| lease.epoch != epoch) => {
                Err("the store took an append of an engine whose lease was gone".to_owned())
            }
            Ok(_) if dies => {
                self.crash(id);
                Ok(())
            }
            Ok(seq) => {
                // Now and then a process stands still, a lid closed, just here.
                let still = !self.calm && self.prng.percent(1);
                let delay = if still { self.prng.below(60_000) } else { self.prng.below(30) };
                self.soon(delay, Happening::Acked(id, seq));
                Ok(())
            }
            Err(RecordError::Append(
                AppendError::LeaseLost { .. } | AppendError::Conflict { .. },
            )) => {
                self.leave(id, false);
                Ok(())
            }
            Err(error) => Err(error.to_string()),
        }
    }

    pub fn acked(&mut self, id: ActorId, seq: Seq) -> Result<(), String> {
        if self.mutant == Mutant::ActBeforeIntent {
            return Ok(());
        }
        self.feed(id, Input::Appended(seq))?;
        let keeps = self.prng.percent(15);
        let Some(actor) = self.actors.get_mut(&id) else { return Ok(()) };
        if keeps && actor.core.run().seq == seq {
            let run = actor.core.run().clone();
            ready(actor.recorder.checkpoint(&run)).map_err(|error| error.to_string())?;
            self.reader_agrees()?;
        }
        Ok(())
    }

    /// Follows what became durable, and lets people see it.
    fn durable(&mut self) -> Result<(), String> {
        let before = self.mirror.events.len();
        self.mirror.catch_up(&*self.store)?;
        let news: Vec<Event> = self.mirror.events[before..].to_vec();
        for event in &news {
            self.tell(|| format!("durable {event:?}"));
            self.alone(event)?;
            self.seen_by_people(event);
        }
        self.neighbour_hears(&news);
        let in_doubt = |lane: &Lane| {
            matches!(lane.in_flight(), Some(windlass_model::lane::AttemptState::InDoubt { .. }))
        };
        let undos = self.mirror.run.active.iter().filter(|id| id.1 == Side::Undo);
        let doubtful = undos.filter_map(|id| self.mirror.run.lane(*id)).any(in_doubt);
        self.met.undo_in_doubt |= doubtful;
        Ok(())
    }

    /// Only what is durable is told.
    fn published(&self, events: &[Event]) -> Result<(), String> {
        if self.mutant == Mutant::ActBeforeIntent {
            // This check would find it too; the one for intents is to be shown.
            return Ok(());
        }
        for event in events {
            let at = usize::try_from(event.seq).unwrap_or(0).saturating_sub(1);
            if self.mirror.events.get(at) != Some(event) {
                return Err(format!("event {} was told and is not durable", event.seq));
            }
        }
        Ok(())
    }

    fn call(&mut self, actor: ActorId, call: CallId, dispatch: Dispatch) -> Result<(), String> {
        let acts = dispatch.verb == Verb::Act;
        let mut delay =
            if self.prng.percent(90) { self.prng.below(800) } else { self.prng.below(15_000) };
        let soon = self.prng.below(800);
        let late = self.prng.below(40_000);
        let mut answer_ms = Some(if self.prng.percent(90) { soon } else { late });
        if acts {
            let Some(attempt) = &dispatch.attempt else {
                return Err("an engine acts without an attempt".to_owned());
            };
            if !self.mirror.intents.contains_key(&attempt.request_id) {
                return Err(format!("`{}` acts before its intent is durable", dispatch.step));
            }
            // A request arrives within its action's settle time, or never.
            let last = attempt.started_at.after(SETTLE_MS - 1);
            delay = delay.min(last.since(self.now()));
            if !self.calm && dispatch.deadline.is_some() && self.prng.percent(10) {
                // Never, or so late that the call was let go long ago.
                let very_late = self.prng.between(30_000, 400_000);
                answer_ms = self.prng.percent(60).then_some(very_late);
            }
        }
        let wire = Wire { actor, call, dispatch, answer_ms };
        self.soon(delay, Happening::CallLands(Box::new(wire)));
        Ok(())
    }

    pub fn call_lands(&mut self, wire: Wire) -> Result<(), String> {
        let Wire { actor, call, dispatch, answer_ms } = wire;
        let alive = self.actors.contains_key(&actor);
        if !alive && dispatch.verb != Verb::Act {
            return Ok(());
        }
        let sent = dispatch.clone();
        let observation = self.perform(dispatch);
        self.tell(|| format!("the world says {observation:?}"));
        self.judge.read(&self.world, &self.mirror)?;
        if let Sighting::Acted(Ok(Executed::Accepted(handle))) = &observation.seen
            && alive
            && self.prng.percent(20)
        {
            // A call that keeps its handle and goes on, as a shell step does.
            let seen = Sighting::Kept(handle.clone());
            self.soon(1, Happening::Reply(actor, call, Observation { seen, ..observation }));
            self.soon(2, Happening::Ends(actor, call, Box::new(sent)));
            return Ok(());
        }
        if let Some(delay) = answer_ms.filter(|_| alive) {
            self.soon(delay, Happening::Reply(actor, call, observation));
        }
        Ok(())
    }

    /// A call that had kept its handle ends with its operation.
    pub fn ends(&mut self, actor: ActorId, call: CallId, dispatch: Dispatch) -> Result<(), String> {
        let now = self.now();
        let Some(attempt) = &dispatch.attempt else { return Ok(()) };
        let fate = self.world.state().fate(attempt.request_id, now);
        let result = match fate {
            Fate::Running { until, .. } => {
                let delay = until.since(now).max(1);
                self.soon(delay, Happening::Ends(actor, call, Box::new(dispatch)));
                return Ok(());
            }
            Fate::Done => Ok(Executed::Done(attempt.input.clone())),
            Fate::Failed => Err(ActionError::Permanent(Failure::permanent("exit", "it failed"))),
            Fate::Absent => return Err("an operation that was accepted has no trace".to_owned()),
        };
        let (step, side) = dispatch.lane;
        let seen = Sighting::Acted(result);
        let observation = Observation { step, side, attempt: dispatch.attempt_number, seen };
        self.feed(actor, Input::Looked(call, observation))
    }

    /// Makes the call, unless a deliberate bug answers in its place.
    fn perform(&mut self, dispatch: Dispatch) -> Observation {
        let (step, side) = dispatch.lane;
        let attempt = dispatch.attempt_number;
        let says = |seen| Observation { step, side, attempt, seen };
        match self.mutant {
            Mutant::RetryInPlaceOfProbe if dispatch.verb == Verb::Probe => {
                return says(Sighting::Probed(Ok(Probed::Absent)));
            }
            Mutant::ArmedAtSuccessOnly if dispatch.verb == Verb::Act && side == Side::Undo => {
                let forward = self.mirror.run.lane((step, Side::Forward));
                if !forward.is_some_and(Lane::succeeded) {
                    let done = Executed::Done(windlass_model::Value::Null);
                    return says(Sighting::Acted(Ok(done)));
                }
            }
            _ => {}
        }
        ready(perform(&self.outfit, surroundings(self.run), dispatch, &self.effects))
    }

    /// An engine says that the run rests.
    fn rests(&mut self, id: ActorId, phase: Phase) -> Result<(), String> {
        let durable = self.mirror.run.phase();
        // A rival may have gone on in the meantime.
        let last = self.actors.get(&id).map(|actor| actor.core.run().seq);
        if last == Some(self.mirror.run.seq) && durable != phase {
            return Err(format!("engine {id} rests {phase}, and the history says {durable}"));
        }
        self.leave(id, true);
        match phase {
            Phase::Stuck => self.met.stuck = true,
            Phase::Paused => self.met.paused = true,
            _ => {}
        }
        self.met.asked |=
            self.mirror.events.last().is_some_and(|e| matches!(e.kind, EventKind::RunStuck { .. }))
                && self.mirror.run.asking().next().is_some();
        if phase.ended() {
            self.give_lock_back()?;
            self.ended(phase);
        } else {
            let delay = self.prng.between(500, 60_000);
            self.soon(delay, Happening::Operator);
        }
        Ok(())
    }
}

//! How the driver of the tests performs calls and hears their ends.

use super::driver::Driver;
use super::outside::Key;
use windlass_model::decide::{Call, Verb, intent};
use windlass_model::event::Effect;
use windlass_model::observation::{Observation, Prepared, Sighting};
use windlass_model::run::LaneId;
use windlass_model::settle::{Settled, settle};
use windlass_model::{Guarded, Side, Value};

impl Driver {
    pub(super) fn begin(&mut self, lane: LaneId, input: Value) {
        let effects = self.effects(lane);
        let kind = intent(&self.workflow, &self.run, lane, input, Prepared::default(), effects);
        self.record(kind);
    }

    fn effects(&self, lane: LaneId) -> Vec<Effect> {
        if lane.1 == Side::Undo {
            return Vec::new();
        }
        (self.effects)(self.workflow.step(lane.0).id.as_str())
    }

    /// A call in flight ends.
    pub fn answer(&mut self, call: Call) {
        let key: Key = (self.workflow.step(call.lane.0).id.to_string(), call.lane.1);
        let seen = match &call.verb {
            Verb::Capture { input } => Sighting::Prepared {
                input: input.clone(),
                effects: self.effects(call.lane),
                result: self.outside.capture(key),
            },
            Verb::Act => match self.outside.act(key, call.attempt, self.meant(call.lane)) {
                Some(result) => Sighting::Acted(result),
                None => return self.hanging.push(call),
            },
            Verb::Poll => Sighting::Polled(self.outside.poll(key, call.attempt)),
            Verb::Probe => Sighting::Probed(self.outside.probe(key, call.attempt)),
        };
        let (step, side) = call.lane;
        self.observe(Observation { step, side, attempt: call.attempt, seen });
    }

    /// What was seen becomes events.
    pub fn observe(&mut self, observation: Observation) {
        let lane = (observation.step, observation.side);
        if !matches!(observation.seen, Sighting::Kept(_)) {
            self.busy.calls.remove(&lane);
        }
        let tries = self.tries.get(&lane).copied().unwrap_or(0);
        let settled = settle(&self.workflow, &self.run, observation, tries, self.now);
        let Settled { events, again_at, looked_in_vain } = settled;
        if looked_in_vain {
            self.tries.insert(lane, tries + 1);
        } else {
            self.tries.remove(&lane);
        }
        match again_at {
            Some(at) => self.busy.cooling.insert(lane, at),
            None => self.busy.cooling.remove(&lane),
        };
        events.into_iter().for_each(|kind| self.record(kind));
    }

    pub(super) fn abandon(&mut self, lane: LaneId) {
        self.pending.retain(|call| call.lane != lane);
        self.hanging.retain(|call| call.lane != lane);
        let attempt = self.run.lane(lane).map_or(0, |lane| lane.attempts);
        let (step, side) = lane;
        self.observe(Observation { step, side, attempt, seen: Sighting::Abandoned });
        self.wake = Some(self.now);
    }

    /// What the lane's action means to make of its step's field.
    fn meant(&self, (at, side): LaneId) -> Value {
        let step = &self.run.steps[at as usize];
        if side == Side::Forward {
            return Value::from(step.forward.attempts);
        }
        let captured = step.forward.attempt.as_deref().and_then(|a| a.to_restore());
        match captured {
            Some(Guarded::Sealed(text)) => {
                let captured: Value = serde_json::from_str(text).expect("the test's seal");
                captured["was"].clone()
            }
            _ => Value::Null,
        }
    }
}

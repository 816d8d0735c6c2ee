//! A small world that answers calls as scripted: it knows what really took place, counts every
//! effect, and answers probes truthfully unless told to be blind.

use std::collections::{BTreeMap, VecDeque};
use windlass_model::observation::{ActionError, Executed, Polled, Prepared, Probed};
use windlass_model::{Failure, Side, Value};

/// What becomes of one call that acts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fate {
    /// Acts and says so.
    Done,
    /// Refused; may pass.
    Transient,
    /// Refused for good.
    Permanent,
    /// A remote operation that ends after so many polls.
    Accepted(u32),
    /// The same, and it fails in the end.
    FailsLater(u32),
    /// The request is lost on its way: no effect, no answer.
    LostBefore,
    /// Dies half-way: a part of the effect, no answer.
    Half,
    /// The answer is lost on its way: an effect, no answer.
    LostAfter,
    /// A remote operation whose acceptance is lost.
    LostAccepted(u32),
    /// Acts, answers nobody knows what, and no probe can tell.
    Blind,
    /// Never ends; it has acted.
    Hangs,
}

/// What becomes of one capture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reading {
    /// Reads.
    Ok,
    /// Refused; may pass.
    Transient,
    /// Refused for good.
    Permanent,
}

/// A call that acts, as the world saw it.
#[derive(Clone, Debug)]
struct Op {
    key: Key,
    polls_left: u32,
    fails: bool,
    blind: bool,
    half: bool,
    effect: Option<Value>,
    took_place: bool,
}

/// A side of a step.
pub type Key = (String, Side);

/// The world.
#[derive(Clone, Debug, Default)]
pub struct Outside {
    /// What is to become of the next calls; `Done` where nothing is said.
    pub fates: BTreeMap<Key, VecDeque<Fate>>,
    /// What is to become of the next captures; `Ok` where nothing is said.
    pub readings: BTreeMap<Key, VecDeque<Reading>>,
    /// Every effect in the order in which it took place.
    pub ledger: Vec<Key>,
    /// Each step's field; null until it is first set.
    pub state: BTreeMap<String, Value>,
    /// Calls that acted, read or looked, by verb.
    pub calls: Vec<(Key, &'static str)>,
    ops: BTreeMap<(Key, u32), Op>,
}

impl Outside {
    /// Says what becomes of the calls of a step.
    pub fn fate(&mut self, step: &str, side: Side, fates: &[Fate]) {
        self.fates.entry((step.to_owned(), side)).or_default().extend(fates);
    }

    /// How often an effect took place.
    pub fn count(&self, step: &str, side: Side) -> usize {
        self.ledger.iter().filter(|(s, d)| s == step && *d == side).count()
    }

    /// Whether a remote operation of a side of a step is still at work.
    pub fn at_work(&self, step: &str, side: Side) -> bool {
        let works = |op: &&Op| op.key.0 == step && op.key.1 == side && op.polls_left > 0;
        self.ops.values().any(|op| works(&op) && !op.took_place)
    }

    /// Reads the step's field.
    pub fn capture(&mut self, key: Key) -> Result<Prepared, ActionError> {
        let reading = self.readings.get_mut(&key).and_then(VecDeque::pop_front);
        self.calls.push((key.clone(), "capture"));
        match reading.unwrap_or(Reading::Ok) {
            Reading::Transient => Err(ActionError::Transient(busy())),
            Reading::Permanent => Err(ActionError::Permanent(refused())),
            Reading::Ok => {
                let now = self.state.get(&key.0).cloned().unwrap_or_default();
                let captured = Some(serde_json::json!({ "was": now }));
                Ok(Prepared { captured, not_before: Some("the service's clock".into()) })
            }
        }
    }

    /// Acts. `effect` is what the step's field becomes. None where the call never ends.
    pub fn act(
        &mut self,
        key: Key,
        attempt: u32,
        effect: Value,
    ) -> Option<Result<Executed, ActionError>> {
        let fate = self.fates.get_mut(&key).and_then(VecDeque::pop_front).unwrap_or(Fate::Done);
        self.calls.push((key.clone(), "act"));
        let (polls_left, fails) = match fate {
            Fate::Accepted(n) | Fate::LostAccepted(n) => (n.max(1), false),
            Fate::FailsLater(n) => (n.max(1), true),
            _ => (0, false),
        };
        let effect = Some(effect);
        let blind = fate == Fate::Blind;
        let key_of_op = (key.clone(), attempt);
        let half = fate == Fate::Half;
        if half {
            self.state.insert(key.0.clone(), "half".into());
        }
        let op = Op { key, polls_left, fails, blind, half, effect, took_place: false };
        let arrives = !matches!(fate, Fate::Transient | Fate::Permanent | Fate::LostBefore);
        if arrives {
            let old = self.ops.insert(key_of_op.clone(), op);
            assert!(old.is_none(), "attempt {key_of_op:?} was sent twice");
        }
        if matches!(fate, Fate::Done | Fate::LostAfter | Fate::Blind | Fate::Hangs) {
            self.take_place(&key_of_op);
        }
        let lost = || Some(Err(ActionError::InDoubt("no answer".into())));
        match fate {
            Fate::Done => Some(Ok(Executed::Done(output(attempt)))),
            Fate::Transient => Some(Err(ActionError::Transient(busy()))),
            Fate::Permanent => Some(Err(ActionError::Permanent(refused()))),
            Fate::Accepted(_) | Fate::FailsLater(_) => {
                Some(Ok(Executed::Accepted(handle(&key_of_op))))
            }
            Fate::LostBefore
            | Fate::Half
            | Fate::LostAfter
            | Fate::LostAccepted(_)
            | Fate::Blind => lost(),
            Fate::Hangs => None,
        }
    }

    /// Asks the remote operation.
    pub fn poll(&mut self, key: Key, attempt: u32) -> Result<Polled, ActionError> {
        self.calls.push((key.clone(), "poll"));
        let id = (key, attempt);
        let Some(op) = self.ops.get_mut(&id) else {
            return Err(ActionError::InDoubt("no such operation".into()));
        };
        op.polls_left = op.polls_left.saturating_sub(1);
        if op.polls_left > 0 {
            let percent = Some(100.0 / f64::from(op.polls_left + 1));
            return Ok(Polled::InProgress {
                handle: handle(&id),
                percent,
                message: None,
                after_ms: 1_000,
            });
        }
        if op.fails {
            return Err(ActionError::Permanent(refused()));
        }
        self.take_place(&id);
        Ok(Polled::Done(output(attempt)))
    }

    /// Looks.
    pub fn probe(&mut self, key: Key, attempt: u32) -> Result<Probed, ActionError> {
        self.calls.push((key.clone(), "probe"));
        let id = (key, attempt);
        let Some(op) = self.ops.get(&id) else { return Ok(Probed::Absent) };
        Ok(match op {
            Op { half: true, .. } => Probed::Begun,
            Op { blind: true, .. } => Probed::Unknown("it cannot be seen".into()),
            Op { took_place: true, .. } => Probed::Done(output(attempt)),
            Op { polls_left: 1.., .. } => Probed::InProgress(handle(&id)),
            _ => Probed::Failed(refused()),
        })
    }

    fn take_place(&mut self, id: &(Key, u32)) {
        let Some(op) = self.ops.get_mut(id) else { return };
        if !std::mem::replace(&mut op.took_place, true) {
            self.ledger.push(op.key.clone());
            let value = op.effect.take().unwrap_or_default();
            self.state.insert(op.key.0.clone(), value);
        }
    }
}

fn output(attempt: u32) -> Value {
    serde_json::json!({ "attempt": attempt })
}

fn handle(((step, side), attempt): &(Key, u32)) -> Value {
    serde_json::json!({ "operation": format!("{step}/{}/{attempt}", side.as_str()) })
}

fn busy() -> Failure {
    Failure::transient("busy", "too many requests; wait a little")
}

fn refused() -> Failure {
    Failure::permanent("refused", "not allowed; ask for the right")
}

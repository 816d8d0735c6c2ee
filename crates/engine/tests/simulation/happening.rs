//! What can happen next, and when: one queue for everything, ordered by time and, at the same time,
//! by the seed's choice.

use std::collections::BTreeMap;
use windlass_engine::core::{CallId, Dispatch};
use windlass_model::notice::NoticeId;
use windlass_model::observation::{Observation, Signal};
use windlass_model::{Seq, SignalId, Timestamp};

/// Which engine.
pub type ActorId = u32;

/// Physical milliseconds since the simulation began. Clocks may jump; this does not.
pub type Tick = u64;

/// Something that happens.
#[derive(Debug)]
pub enum Happening {
    /// An engine tries to take the run.
    Start { displace: bool },
    /// An append reaches the store.
    AppendLands(ActorId),
    /// Its acknowledgement reaches the engine.
    Acked(ActorId, Seq),
    /// A request reaches the world.
    CallLands(Box<Wire>),
    /// Its answer reaches the engine.
    Reply(ActorId, CallId, Observation),
    /// A call that had kept its handle ends.
    Ends(ActorId, CallId, Box<Dispatch>),
    /// An engine hears that a message was sent, or not.
    Told(ActorId, NoticeId, Result<(), String>),
    /// An engine's alarm rings, if it is still set for this time.
    Alarm(ActorId, Timestamp),
    /// An engine hears that a signal waits.
    Bell(ActorId),
    /// An engine notices that its lease is gone.
    Displaced(ActorId),
    /// Every engine dies: the machine is switched off.
    Crash,
    /// The other run of the environment moves on.
    Neighbour,
    /// It replaces the run.
    TakeOver,
    /// Somebody posts a signal.
    Post(SignalId, Signal),
    /// A human looks at a run that rests.
    Operator,
    /// The clock of the machine jumps.
    Jump(i64),
    /// From here on nothing goes wrong any more.
    Calm,
}

/// A request on its way.
#[derive(Debug)]
pub struct Wire {
    pub actor: ActorId,
    pub call: CallId,
    pub dispatch: Dispatch,
    /// How long the answer takes; absent where it never comes.
    pub answer_ms: Option<u64>,
}

/// The queue.
#[derive(Default)]
pub struct Queue {
    waiting: BTreeMap<(Tick, u64, u64), Happening>,
    pushed: u64,
}

impl Queue {
    /// Adds something; `order` chooses among things of the same time.
    pub fn push(&mut self, at: Tick, order: u64, happening: Happening) {
        self.pushed += 1;
        self.waiting.insert((at, order, self.pushed), happening);
    }

    /// Takes what comes first.
    pub fn pop(&mut self) -> Option<(Tick, Happening)> {
        self.waiting.pop_first().map(|((at, ..), happening)| (at, happening))
    }

    /// Takes everything of a kind out.
    pub fn take(&mut self, mut wanted: impl FnMut(&Happening) -> bool) -> Vec<Happening> {
        self.waiting.extract_if(.., |_, happening| wanted(happening)).map(|(_, h)| h).collect()
    }

    /// Whether something of a kind is on its way.
    pub fn any(&self, wanted: impl FnMut(&Happening) -> bool) -> bool {
        self.waiting.values().any(wanted)
    }
}

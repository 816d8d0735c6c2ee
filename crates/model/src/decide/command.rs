//! Commands: what the engine is told to do. Plain values, performed by someone else.

use crate::event::EventKind;
use crate::run::LaneId;
use crate::time::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What a call does.
#[derive(Clone, Debug, PartialEq)]
pub enum Verb {
    /// Read the previous state for this input, before the intent.
    Capture {
        /// The resolved input.
        input: Value,
    },
    /// Act: `execute` on the way forward, `compensate` (or the custom action's `execute`) on the
    /// way back.
    Act,
    /// Ask the remote operation.
    Poll,
    /// Look whether the attempt took place.
    Probe,
}

/// A call to the outside.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Whose.
    pub lane: LaneId,
    /// The attempt that it belongs to; of a capture, the one that will follow.
    pub attempt: u32,
    /// What it does.
    pub verb: Verb,
}

/// What the engine should do.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Write this; it follows from what is known.
    Record(EventKind),
    /// Write the intent of an attempt that captures nothing.
    Begin {
        /// Whose.
        lane: LaneId,
        /// The resolved input.
        input: Value,
    },
    /// Make this call once everything written so far is durable.
    Perform(Call),
    /// Let go of the lane's call: its time is over.
    Abandon(LaneId),
    /// Ask again at this time.
    WakeAt(Timestamp),
}

/// What the engine already does and no history knows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Busy {
    /// Lanes with a call in flight.
    pub calls: BTreeSet<LaneId>,
    /// Lanes that are not to be looked at before a time.
    pub cooling: BTreeMap<LaneId, Timestamp>,
}

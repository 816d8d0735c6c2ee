//! One engine that drives the run: the real core and recorder, and what the shell around them would
//! hold.

use std::collections::VecDeque;
use windlass_engine::core::{Batch, Core};
use windlass_engine::recorder::Recorder;
use windlass_model::Timestamp;
use windlass_ports::store::Lease;

/// An engine.
pub struct Actor {
    pub core: Core,
    pub recorder: Recorder,
    pub lease: Lease,
    /// Batches on their way to the store: one, but for the engine that acts before its intent.
    pub pending: VecDeque<Batch>,
    /// Whether it has the lock, or needs none: before that it only listens.
    pub opened: bool,
    pub alarm: Option<Timestamp>,
    /// Whether it leaves a run that only waits.
    pub leaves: bool,
}

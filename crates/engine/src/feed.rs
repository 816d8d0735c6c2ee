//! Who watches: events as they become durable, and the lines and percentages that never do.

use windlass_model::{Event, RunId, StepId};

/// Takes what a driver publishes. Called in order, never concurrently for one run; must not block.
pub trait Feed: Send + Sync {
    /// An event that is durable now.
    fn event(&self, run: RunId, event: &Event);
    /// A sentence about the run that its history does not hold.
    fn note(&self, _run: RunId, _text: &str) {}
    /// A line that a step printed.
    fn line(&self, _run: RunId, _step: &StepId, _text: &str) {}
    /// How far a step's remote operation is.
    fn progress(&self, _run: RunId, _step: &StepId, _percent: Option<f64>, _message: Option<&str>) {
    }
}

/// Nobody watches.
pub struct Silent;

impl Feed for Silent {
    fn event(&self, _run: RunId, _event: &Event) {}
}

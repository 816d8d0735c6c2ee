//! What a view of a run is told. Views only show; they never ask and never change anything.

use std::sync::Arc;
use windlass_engine::Feed;
use windlass_model::run::Run;
use windlass_model::{Event, RunId, StepId, Timestamp, Workflow};

/// Shows a run while it goes on.
pub trait View: Send + Sync {
    /// The run as it is when one begins to look; `began` is what its clock showed at its creation.
    fn open(&self, workflow: &Arc<Workflow>, run: &Run, began: Timestamp);
    /// An event that is durable now.
    fn event(&self, run: RunId, event: &Event);
    /// A line that a step printed.
    fn line(&self, step: &StepId, text: &str);
    /// How far a step's remote operation is.
    fn progress(&self, step: &StepId, percent: Option<f64>, message: Option<&str>);
    /// A sentence of the program's own.
    fn note(&self, text: &str);
    /// Gets out of the way of a question, or comes back.
    fn hide(&self, hidden: bool);
    /// Nothing more comes.
    fn close(&self);
}

/// A view as the engine sees it.
pub struct Shown(pub Arc<dyn View>);

impl Feed for Shown {
    fn event(&self, run: RunId, event: &Event) {
        self.0.event(run, event);
    }

    fn note(&self, _run: RunId, text: &str) {
        self.0.note(text);
    }

    fn line(&self, _run: RunId, step: &StepId, text: &str) {
        self.0.line(step, text);
    }

    fn progress(&self, _run: RunId, step: &StepId, percent: Option<f64>, message: Option<&str>) {
        self.0.progress(step, percent, message);
    }
}

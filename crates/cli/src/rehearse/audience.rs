//! Who watches a rehearsal: it counts events and hears the questions, which somebody answers at
//! once.

use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;
use windlass_engine::Feed;
use windlass_model::observation::Signal;
use windlass_model::{Event, RunId, Value, Work, Workflow};

/// Who answers in a rehearsal, as its history names him.
pub const BY: &str = "rehearsal";

/// The watcher.
pub struct Audience {
    workflow: Arc<Workflow>,
    /// What the engine says beside the history.
    notes: Arc<Mutex<Vec<String>>>,
    answers: mpsc::UnboundedSender<Signal>,
}

impl Audience {
    /// A watcher, and the answers that it gives.
    pub fn of(
        workflow: Arc<Workflow>,
        notes: Arc<Mutex<Vec<String>>>,
    ) -> (Self, mpsc::UnboundedReceiver<Signal>) {
        let (answers, given) = mpsc::unbounded_channel();
        (Self { workflow, notes, answers }, given)
    }

    /// The answer to what a step asks: yes, or the simplest value; the signal where it waits for
    /// one.
    pub fn answer(workflow: &Workflow, step: &windlass_model::StepId) -> Signal {
        let work = workflow.find(step).map(|at| &workflow.step(at).work);
        if let Some(Work::WaitSignal { name }) = work {
            let (name, data, by, note) = (name.clone(), Value::Null, BY.to_owned(), None);
            return Signal::Send { name, data, by, note };
        }
        let value = match work {
            Some(Work::Input { ty, .. }) if ty == "int" => Value::from(1),
            Some(Work::Input { ty, .. }) if ty != "bool" => Value::from(BY),
            _ => Value::Bool(true),
        };
        Signal::Answer {
            step: step.clone(),
            value,
            by: BY.to_owned(),
            note: None,
            evidence: Vec::new(),
        }
    }
}

impl Feed for Audience {
    fn event(&self, _run: RunId, event: &Event) {
        if let windlass_model::EventKind::SignalAwaited { step, .. } = &event.kind {
            // Nobody answers any more once the engine has died.
            drop(self.answers.send(Self::answer(&self.workflow, step)));
        }
    }

    fn note(&self, _run: RunId, text: &str) {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).push(text.to_owned());
    }
}

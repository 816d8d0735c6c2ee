//! Views for what is no terminal: JSON lines for programs, plain lines for logs.

use super::event_text;
use super::json_lines;
use super::view::View;
use crate::talk;
use crate::visible::printed;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use windlass_model::run::Run;
use windlass_model::{Event, EventKind, RunId, StepId, Timestamp, Workflow};

/// Percents between two plain lines about the same operation: a log needs no more.
const PERCENT_STEP: f64 = 10.0;

/// One JSON line an event on stdout, nothing else.
pub struct JsonView;

impl View for JsonView {
    fn open(&self, _workflow: &Arc<Workflow>, _run: &Run, _began: Timestamp) {}

    fn event(&self, run: RunId, event: &Event) {
        talk::json(&json_lines::event(run, event));
    }

    fn line(&self, _step: &StepId, _text: &str) {}

    fn progress(&self, _step: &StepId, _percent: Option<f64>, _message: Option<&str>) {}

    fn note(&self, text: &str) {
        talk::say(text);
    }

    fn hide(&self, _hidden: bool) {}

    fn close(&self) {}
}

/// How far each step's operation was when it was told last: a tenth is told once.
#[derive(Default)]
pub struct Tenths(Mutex<BTreeMap<StepId, f64>>);

impl Tenths {
    /// Whether an event is worth a line: all but a progress that is no tenth further.
    pub fn tells(&self, event: &Event) -> bool {
        match &event.kind {
            EventKind::AttemptProgressed { step, percent, .. } => {
                percent.is_some_and(|percent| self.is_news(step, percent))
            }
            EventKind::AttemptStarted { step, .. } => {
                self.told().remove(step);
                true
            }
            _ => true,
        }
    }

    fn told(&self) -> MutexGuard<'_, BTreeMap<StepId, f64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a percentage is far enough from the last one to be told.
    fn is_news(&self, step: &StepId, percent: f64) -> bool {
        let reached = (percent / PERCENT_STEP).floor();
        let mut told = self.told();
        let news = told.get(step).is_none_or(|last| reached > *last);
        if news {
            told.insert(step.clone(), reached);
        }
        news
    }
}

/// One line an event, as talk.
#[derive(Default)]
pub struct PlainView {
    /// What was told of each step's operation.
    tenths: Tenths,
    /// What it shows a run of.
    workflow: OnceLock<Arc<Workflow>>,
}

impl PlainView {
    fn say(&self, event: &Event) {
        if let Some(workflow) = self.workflow.get() {
            talk::say(&event_text::line(event, workflow));
        }
    }
}

impl View for PlainView {
    fn open(&self, workflow: &Arc<Workflow>, run: &Run, _began: Timestamp) {
        talk::say(&format!("{} {}", workflow.def().name, run.id));
        self.workflow.get_or_init(|| workflow.clone());
    }

    fn event(&self, _run: RunId, event: &Event) {
        if self.tenths.tells(event) {
            self.say(event);
        }
    }

    fn line(&self, step: &StepId, text: &str) {
        talk::say(&format!("          {step} | {}", printed(text)));
    }

    fn progress(&self, step: &StepId, percent: Option<f64>, message: Option<&str>) {
        if let Some(percent) = percent.filter(|percent| self.tenths.is_news(step, *percent)) {
            let message = message.map(|text| format!(", {text}")).unwrap_or_default();
            talk::say(&format!("          {step}: {percent:.0} %{message}"));
        }
    }

    fn note(&self, text: &str) {
        talk::say(text);
    }

    fn hide(&self, _hidden: bool) {}

    fn close(&self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_is_told_each_tenth_once_and_anew_in_a_new_attempt() {
        let view = Tenths::default();
        let step = StepId::new("copy");
        let seen = [0.0, 0.0, 7.5, 9.9, 10.0, 10.4, 19.0, 45.2, 45.0, 44.0, 99.0, 100.0];
        let told: Vec<f64> = seen.into_iter().filter(|p| view.is_news(&step, *p)).collect();
        assert_eq!(told, [0.0, 10.0, 45.2, 99.0, 100.0]);
        view.told().remove(&step);
        assert!(view.is_news(&step, 3.0));
    }
}

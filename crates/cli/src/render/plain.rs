//! Views for what is no terminal: JSON lines for programs, plain lines for logs.

use super::event_text;
use super::json_lines;
use super::view::View;
use crate::talk;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use windlass_model::run::Run;
use windlass_model::{Event, RunId, StepId, Workflow};

/// Percents between two plain lines about the same operation: a log needs no more.
const PERCENT_STEP: f64 = 10.0;

/// One JSON line an event on stdout, nothing else.
pub struct JsonView;

impl View for JsonView {
    fn open(&self, _workflow: &Arc<Workflow>, _run: &Run) {}

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

/// One line an event, as talk.
#[derive(Default)]
pub struct PlainView {
    told: Mutex<BTreeMap<StepId, f64>>,
}

impl View for PlainView {
    fn open(&self, workflow: &Arc<Workflow>, run: &Run) {
        talk::say(&format!("{} {}", workflow.def().name, run.id));
    }

    fn event(&self, _run: RunId, event: &Event) {
        talk::say(&event_text::line(event));
    }

    fn line(&self, step: &StepId, text: &str) {
        talk::say(&format!("          {step} | {text}"));
    }

    fn progress(&self, step: &StepId, percent: Option<f64>, message: Option<&str>) {
        let Some(percent) = percent else { return };
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let last = told.get(step).copied().unwrap_or(-PERCENT_STEP);
        if percent >= last + PERCENT_STEP || percent < last {
            told.insert(step.clone(), percent);
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

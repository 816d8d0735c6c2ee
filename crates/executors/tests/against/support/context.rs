//! A context for calls: bindings, secrets, a clock, what was printed, what was kept.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use windlass_model::{Binding, RequestId, Side, StepId, Timestamp, Value};
use windlass_ports::action::{Bindings, HandleKeeper, OutputSink};
use windlass_ports::secrets::SecretError;
use windlass_ports::{ActionError, Attempt, BoxFuture, Clock, Context, Secret, Secrets};
use windlass_testkit::SimClock;

/// Secrets by name.
#[derive(Default)]
pub struct Known(pub BTreeMap<String, String>);

impl Known {
    pub fn of(pairs: &[(&str, &str)]) -> Arc<Self> {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Arc::new(Self(pairs.collect()))
    }
}

impl Secrets for Known {
    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Secret, SecretError>> {
        let found = self.0.get(name).map(Secret::new);
        Box::pin(async move { found.ok_or_else(|| SecretError::Unknown(name.to_owned())) })
    }
}

/// What was printed.
#[derive(Default)]
pub struct Printed(pub Mutex<Vec<String>>);

impl Printed {
    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl OutputSink for Printed {
    fn line(&self, text: &str) {
        self.0.lock().unwrap().push(text.to_owned());
    }
}

/// What was kept.
#[derive(Default)]
pub struct Kept(pub Mutex<Vec<Value>>);

impl HandleKeeper for Kept {
    fn keep(&self, handle: Value) -> BoxFuture<'_, Result<(), ActionError>> {
        self.0.lock().unwrap().push(handle);
        Box::pin(async { Ok(()) })
    }
}

/// The parts of a context that a test looks at.
#[derive(Clone)]
pub struct Parts {
    pub clock: SimClock,
    pub secrets: Arc<Known>,
    pub printed: Arc<Printed>,
    pub kept: Arc<Kept>,
    pub bindings: Bindings,
    pub step: StepId,
}

/// Scripts are marked by their attempt's id: two tests at once must not have the same.
static STEPS: AtomicU64 = AtomicU64::new(0);

impl Parts {
    pub fn new(bindings: Bindings, secrets: Arc<Known>) -> Self {
        let clock = SimClock::starting_at(start());
        let number = STEPS.fetch_add(1, Ordering::Relaxed);
        let step = StepId::new(format!("step_{}_{number}", std::process::id()));
        Self { clock, secrets, printed: Arc::default(), kept: Arc::default(), bindings, step }
    }

    pub fn context(&self) -> Context {
        Context {
            run: windlass_testkit::action_kit::subject::run_id(),
            step: self.step.clone(),
            bindings: Arc::new(self.bindings.clone()),
            clock: Arc::new(self.clock.clone()),
            secrets: Arc::clone(&self.secrets) as Arc<dyn Secrets>,
            deadline: None,
            output: Arc::clone(&self.printed) as Arc<dyn OutputSink>,
            handles: Arc::clone(&self.kept) as Arc<dyn HandleKeeper>,
        }
    }

    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(self.clock.clone())
    }
}

/// When the simulated world begins.
pub fn start() -> Timestamp {
    Timestamp::parse("2026-03-02T09:00:00Z").unwrap()
}

/// An attempt that captured nothing.
pub fn attempt(input: Value, number: u128) -> Attempt {
    Attempt {
        side: Side::Forward,
        number: 1,
        input,
        captured: None,
        recaptured: None,
        request_id: RequestId(uuid::Uuid::from_u128(number)),
        undoes: None,
        started_at: start(),
        not_before: None,
        output: None,
    }
}

/// Bindings from pairs of name, kind and settings.
pub fn bindings(pairs: &[(&str, &str, Value)]) -> Bindings {
    let bound = pairs.iter().map(|(name, kind, settings)| {
        let settings = settings.as_object().unwrap().clone();
        ((*name).to_owned(), Binding { kind: (*kind).to_owned(), settings })
    });
    bound.collect()
}

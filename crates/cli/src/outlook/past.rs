//! How long steps took, and people to answer, in earlier runs of the same workflow in the same
//! environment, from their histories alone.

use crate::command_error::Outcome;
use crate::render::outlook::Took;
use std::collections::BTreeMap;
use std::sync::Arc;
use windlass_engine::Reader;
use windlass_model::{Event, EventKind, Millis, Side, StepId, Timestamp};
use windlass_ports::Store;
use windlass_ports::store::RunFilter;

/// So many runs are looked through: older ones tell of another world.
const RUNS_MAX: usize = 200;

/// So many of them are read, the newest first.
const RUNS_READ: usize = 20;

/// So many spans of one step are remembered.
const SPANS_MAX: usize = 5;

/// Spans of steps, the newest run's first.
#[derive(Clone, Debug, Default)]
pub struct Past {
    spans: BTreeMap<(StepId, Side), Vec<Millis>>,
    waits: BTreeMap<StepId, Vec<Millis>>,
}

impl Past {
    /// How long each took.
    pub fn took(&self) -> BTreeMap<(StepId, Side), Took> {
        let took =
            self.spans.iter().filter_map(|(key, spans)| Some((key.clone(), Took::of(spans)?)));
        took.collect()
    }

    /// How long each question waited for its answer.
    pub fn answered(&self) -> BTreeMap<StepId, Took> {
        let all = self.waits.iter();
        all.filter_map(|(step, spans)| Some((step.clone(), Took::of(spans)?))).collect()
    }

    /// Takes the history of one run. A span in which nobody drove the run is none of the step's;
    /// people answer all the same.
    fn take(&mut self, events: &[Event]) {
        let mut asked: BTreeMap<StepId, Timestamp> = BTreeMap::new();
        let mut begun: BTreeMap<(StepId, Side), Timestamp> = BTreeMap::new();
        for event in events {
            match &event.kind {
                EventKind::AttemptStarted { step, side, .. } => {
                    begun.insert((step.clone(), *side), event.at);
                }
                EventKind::RunResumed { .. } => begun.clear(),
                EventKind::AttemptFailed { step, side, .. }
                | EventKind::AttemptInDoubt { step, side, .. } => {
                    begun.remove(&(step.clone(), *side));
                }
                EventKind::SignalAwaited { step, .. } => {
                    asked.insert(step.clone(), event.at);
                }
                EventKind::SignalReceived { step, .. } => {
                    let Some(from) = asked.remove(step) else { continue };
                    remember(self.waits.entry(step.clone()).or_default(), event.at.since(from));
                }
                EventKind::AttemptSucceeded { step, side, .. } => {
                    let key = (step.clone(), *side);
                    let Some(from) = begun.remove(&key) else { continue };
                    remember(self.spans.entry(key).or_default(), event.at.since(from));
                }
                _ => {}
            }
        }
    }
}

fn remember(spans: &mut Vec<Millis>, span: Millis) {
    if spans.len() < SPANS_MAX {
        spans.push(span);
    }
}

/// Reads the newest runs of a workflow in an environment.
pub async fn past(store: &Arc<dyn Store>, workflow: &str, environment: &str) -> Outcome<Past> {
    let filter = RunFilter { limit: RUNS_MAX, ..RunFilter::default() };
    let heads = store.runs(filter).await?;
    let same = heads
        .iter()
        .filter(|head| head.workflow == workflow && head.environment == environment)
        .take(RUNS_READ);
    let reader = Reader::new(store.clone());
    let mut past = Past::default();
    for head in same {
        // One that cannot be read tells nothing; `doctor` says so.
        if let Ok(events) = reader.events(head.run, 0, usize::MAX).await {
            past.take(&events);
        }
    }
    Ok(past)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use windlass_model::{RequestId, RunId};

    #[test]
    fn a_span_is_that_of_one_attempt_that_somebody_drove_to_its_end() {
        let started = |step: &str, attempt| EventKind::AttemptStarted {
            step: step.into(),
            side: Side::Forward,
            attempt,
            input: Value::Null,
            captured: None,
            request_id: RequestId::derive(
                RunId(uuid::Uuid::nil()),
                &step.into(),
                "forward",
                attempt,
            ),
            not_before: None,
            effects: Vec::new(),
        };
        let done = |step: &str| EventKind::AttemptSucceeded {
            step: step.into(),
            side: Side::Forward,
            output: Value::Null,
        };
        let asked = |step: &str| EventKind::SignalAwaited {
            step: step.into(),
            prompt: "Go?".into(),
            roles: Vec::new(),
            typed: None,
            not_by: None,
            signal: None,
            deadline: None,
        };
        let answered = |step: &str| EventKind::SignalReceived {
            step: step.into(),
            by: "ann".into(),
            value: Value::Bool(true),
            note: None,
            evidence: Vec::new(),
        };
        let kinds = [
            (0, asked("go")),
            (0, started("a", 1)),
            (60_000, done("a")),
            (61_000, started("b", 1)),
            (62_000, EventKind::RunResumed { by: "ann".into() }),
            (99_000, done("b")),
            (120_000, answered("go")),
            (130_000, answered("unasked")),
        ];
        let events = kinds.into_iter().zip(1..).map(|((at, kind), seq)| Event {
            seq,
            at: Timestamp(at),
            kind,
        });
        let mut past = Past::default();
        past.take(&events.collect::<Vec<_>>());
        let took = past.took();
        assert_eq!(took.len(), 1, "nobody drove `b` all the time");
        assert_eq!(took[&("a".into(), Side::Forward)].most_ms, 60_000);
        let waited = Took { least_ms: 120_000, most_ms: 120_000, runs: 1 };
        assert_eq!(past.answered(), BTreeMap::from([("go".into(), waited)]), "driven or not");
    }
}

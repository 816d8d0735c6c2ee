//! What each step did when: spans of work, of waiting and of doubt, from the events alone. It must
//! not know how they are drawn.

use serde::Serialize;
use std::collections::BTreeMap;
use windlass_model::{Event, EventKind, Side, StepId, Timestamp};

/// What goes on in a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Doing {
    /// An attempt works here.
    Work,
    /// What it began works on, here or far away; it is asked how far it is.
    Remote,
    /// Sleeps until a time, or until its next attempt.
    Wait,
    /// Waits for a human or a signal.
    Human,
    /// Whether it took place is not known.
    Doubt,
    /// Its compensation works, whatever way.
    Undo,
}

impl Doing {
    /// All of them, in the order of a legend.
    pub const ALL: [Self; 6] =
        [Self::Work, Self::Remote, Self::Wait, Self::Human, Self::Doubt, Self::Undo];

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Work => "at work",
            Self::Remote => "accepted, works on",
            Self::Wait => "waits for a time",
            Self::Human => "waits for a human or signal",
            Self::Doubt => "in doubt",
            Self::Undo => "is put back",
        }
    }
}

/// A span of a step.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Span {
    /// What goes on.
    pub doing: Doing,
    /// From when.
    pub from: Timestamp,
    /// Until when; the last event where it goes on.
    pub to: Timestamp,
}

/// A span in which the whole run stood still.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Still {
    /// Why, in a word.
    pub why: &'static str,
    /// From when.
    pub from: Timestamp,
    /// Until when; the last event where it still does.
    pub to: Timestamp,
}

/// When things were done.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spans {
    /// By step.
    pub steps: BTreeMap<StepId, Vec<Span>>,
    /// Where nobody worked.
    pub still: Vec<Still>,
    open: BTreeMap<(StepId, Side), (Doing, Timestamp)>,
    stands: Option<(&'static str, Timestamp)>,
    last: Timestamp,
}

impl Spans {
    /// Takes the next event.
    pub fn take(&mut self, event: &Event) {
        self.last = event.at;
        self.run(event);
        let Some((step, side, next)) = turn(&event.kind) else { return };
        let next = match (side, next) {
            (Side::Undo, Some(_)) => Some(Doing::Undo),
            (Side::Forward, next) => next,
            (Side::Undo, None) => None,
        };
        let key = (step.clone(), side);
        if self.open.get(&key).map(|(doing, _)| *doing) == next {
            return;
        }
        self.close(&key, event.at);
        if let Some(doing) = next {
            self.open.insert(key, (doing, event.at));
        }
    }

    /// Ends what goes on at the last event.
    pub fn end(&mut self) {
        let open: Vec<_> = self.open.keys().cloned().collect();
        open.iter().for_each(|key| self.close(key, self.last));
        self.moves_on(self.last);
    }

    fn close(&mut self, key: &(StepId, Side), to: Timestamp) {
        let Some((doing, from)) = self.open.remove(key) else { return };
        self.steps.entry(key.0.clone()).or_default().push(Span { doing, from, to });
    }

    fn run(&mut self, event: &Event) {
        let stands = match &event.kind {
            EventKind::RunQueued { .. } => "queued behind another run",
            EventKind::RunPaused => "paused",
            EventKind::RunFailed { .. } => "failed, nobody had decided",
            EventKind::RunStuck { .. } => "stuck, nobody had decided",
            EventKind::RunSucceeded => "succeeded",
            _ => return self.moves_on_after(&event.kind, event.at),
        };
        self.moves_on(event.at);
        self.stands = Some((stands, event.at));
    }

    /// A standstill ends with what moves the run on, not with every word of a human.
    fn moves_on_after(&mut self, kind: &EventKind, at: Timestamp) {
        let moves = matches!(
            kind,
            EventKind::RunStarted { .. }
                | EventKind::RunResumed { .. }
                | EventKind::RollbackStarted { .. }
                | EventKind::RunCancelled
                | EventKind::RunSuperseded { .. }
        );
        if moves {
            self.moves_on(at);
        }
    }

    fn moves_on(&mut self, to: Timestamp) {
        if let Some((why, from)) = self.stands.take().filter(|(_, from)| *from < to) {
            self.still.push(Still { why, from, to });
        }
    }
}

/// What a step goes on with after an event; nothing where it rests.
fn turn(kind: &EventKind) -> Option<(&StepId, Side, Option<Doing>)> {
    let forward = Side::Forward;
    Some(match kind {
        EventKind::AttemptStarted { step, side, .. } => (step, *side, Some(Doing::Work)),
        EventKind::AttemptAccepted { step, side, .. }
        | EventKind::AttemptProgressed { step, side, .. } => (step, *side, Some(Doing::Remote)),
        EventKind::AttemptInDoubt { step, side, .. } => (step, *side, Some(Doing::Doubt)),
        EventKind::RetryScheduled { step, side, .. }
        | EventKind::AttemptFoundAbsent { step, side, .. }
        | EventKind::AttemptFoundBegun { step, side } => (step, *side, Some(Doing::Wait)),
        EventKind::TimerSet { step, .. } => (step, forward, Some(Doing::Wait)),
        EventKind::SignalAwaited { step, .. } => (step, forward, Some(Doing::Human)),
        EventKind::DoubtUnsettled { step, side, .. } => (step, *side, Some(Doing::Human)),
        EventKind::SignalReceived { step, .. } | EventKind::StepSucceeded { step, .. } => {
            (step, forward, None)
        }
        EventKind::AttemptSucceeded { step, side, .. }
        | EventKind::AttemptFailed { step, side, .. }
        | EventKind::StepFailed { step, side, .. }
        | EventKind::StepSkipped { step, side, .. }
        | EventKind::OperatorDecision { step, side, .. } => (step, *side, None),
        _ => return None,
    })
}

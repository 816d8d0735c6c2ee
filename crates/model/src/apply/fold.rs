//! The one entry: finds the rule for an event and moves the run's head.

use super::{attempt, drift, lifecycle, notices, waiting};
use crate::event::{Event, EventKind, Side};
use crate::id::StepId;
use crate::run::{LaneId, Run};
use crate::workflow::Workflow;
use std::sync::Arc;

/// An event that the run cannot have: names both sides.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IllegalEvent {
    /// No rule for this pair.
    #[error("event {seq} `{event}` cannot follow: {state}")]
    NoRule {
        /// The event's number.
        seq: u64,
        /// Its name.
        event: String,
        /// What the run is instead.
        state: String,
    },
    /// A hole or a repetition.
    #[error("event {actual} where event {expected} belongs")]
    WrongSeq {
        /// What belongs there.
        expected: u64,
        /// What came.
        actual: u64,
    },
    /// The workflow has no such step.
    #[error("event {seq} names the step `{step}`, which the workflow does not have")]
    UnknownStep {
        /// The event's number.
        seq: u64,
        /// The name.
        step: StepId,
    },
}

/// Moves a run by one event. The run is unchanged where the event is refused.
pub fn apply(workflow: &Workflow, run: &mut Run, event: &Event) -> Result<(), IllegalEvent> {
    if event.seq != run.seq + 1 {
        return Err(IllegalEvent::WrongSeq { expected: run.seq + 1, actual: event.seq });
    }
    let find = |step: &StepId| {
        let unknown = || IllegalEvent::UnknownStep { seq: event.seq, step: step.clone() };
        workflow.find(step).ok_or_else(unknown)
    };
    if let EventKind::RollbackStarted { to: Some(to), .. } = &event.kind {
        find(to)?;
    }
    let lane = match event.kind.lane() {
        None => None,
        Some((step, side)) => Some((find(step)?, side)),
    };
    let moved = match lane {
        None => lifecycle::apply(workflow, run, event),
        Some(id) => step_event(workflow, run, id, event),
    };
    if !moved {
        return Err(IllegalEvent::NoRule {
            seq: event.seq,
            event: event.kind.name(),
            state: state_of(run, lane, event),
        });
    }
    if run.seq == 0 {
        run.started_at = event.at;
    }
    run.seq = event.seq;
    run.updated_at = event.at;
    Ok(())
}

/// Moves a run by one event, and takes the workflow by which it goes on, where that is another one
/// after the event.
pub fn advance(
    workflow: &mut Arc<Workflow>,
    run: &mut Run,
    event: &Event,
) -> Result<(), IllegalEvent> {
    apply(workflow, run, event)?;
    if let Some(next) = workflow_after(&event.kind) {
        *workflow = next;
    }
    Ok(())
}

/// The workflow by which a run goes on after an event that changes it.
pub fn workflow_after(kind: &EventKind) -> Option<Arc<Workflow>> {
    let EventKind::RunMigrated { workflow, .. } = kind else { return None };
    // It was one when the event was applied.
    Workflow::new((**workflow).clone()).ok().map(Arc::new)
}

/// Folds a history onto a run, from wherever the run stands; the workflow is that of the whole
/// history.
pub fn fold<'a>(
    workflow: &Workflow,
    run: &mut Run,
    events: impl IntoIterator<Item = &'a Event>,
) -> Result<(), IllegalEvent> {
    events.into_iter().try_for_each(|event| apply(workflow, run, event))
}

fn step_event(workflow: &Workflow, run: &mut Run, id: LaneId, event: &Event) -> bool {
    let open = run.works() || (run.halt.is_some() && event.kind.legal_while_halted());
    if run.lane(id).is_none() || !open {
        return false;
    }
    if let EventKind::StepNotified { notice, .. } = &event.kind {
        return notices::told(run, *notice);
    }
    let moved = waiting::apply(workflow, run, id, event)
        || attempt::apply(workflow, run, id, event)
        || drift::apply(workflow, run, id, event);
    if moved {
        notices::note(workflow, run, id, event);
    }
    moved
}

fn state_of(run: &Run, id: Option<LaneId>, event: &Event) -> String {
    let phase = format!("the run is {}", run.phase());
    let (Some(id), Some((step, side))) = (id, event.kind.lane()) else { return phase };
    let side = if side == Side::Undo { "the compensation of " } else { "" };
    let stands = run.lane(id).map_or_else(
        || "has not been called for".to_owned(),
        |lane| match lane.in_flight() {
            Some(at) => format!("has attempt {} {}", lane.attempts, at.describe()),
            None => lane.state.describe(),
        },
    );
    format!("{phase}; {side}step `{step}` {stands}")
}

impl EventKind {
    /// The lane that the event moves, for those that move one.
    pub fn lane(&self) -> Option<(&StepId, Side)> {
        match self {
            Self::StepSkipped { step, side, .. }
            | Self::AttemptStarted { step, side, .. }
            | Self::AttemptAccepted { step, side, .. }
            | Self::AttemptProgressed { step, side, .. }
            | Self::AttemptSucceeded { step, side, .. }
            | Self::AttemptFailed { step, side, .. }
            | Self::AttemptInDoubt { step, side, .. }
            | Self::AttemptFoundAbsent { step, side }
            | Self::AttemptFoundBegun { step, side }
            | Self::RetryScheduled { step, side, .. }
            | Self::StepFailed { step, side, .. }
            | Self::DoubtUnsettled { step, side, .. }
            | Self::OperatorDecision { step, side, .. } => Some((step, *side)),
            Self::StepSucceeded { step, .. }
            | Self::SignalAwaited { step, .. }
            | Self::SignalReceived { step, .. }
            | Self::TimerSet { step, .. }
            | Self::StepNotified { step, .. }
            | Self::DriftFound { step, .. }
            | Self::DriftDecided { step, .. } => Some((step, Side::Forward)),
            _ => None,
        }
    }

    /// The event's name as it is stored.
    pub fn name(&self) -> String {
        let value = serde_json::to_value(self).unwrap_or_default();
        value.get("type").and_then(|t| t.as_str()).unwrap_or("?").to_owned()
    }

    /// What a human or a look at the world says may come while a run is halted; nothing else moves
    /// its steps then.
    fn legal_while_halted(&self) -> bool {
        matches!(
            self,
            Self::DriftFound { .. }
                | Self::DriftDecided { .. }
                | Self::OperatorDecision { .. }
                | Self::StepNotified { .. }
        )
    }
}

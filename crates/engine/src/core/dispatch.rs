//! Making a call's arguments from the run: which action, which attempt, with its guarded values
//! opened.

use crate::seal::{Cipher, SealError, open};
use windlass_model::decide::{Call, Verb};
use windlass_model::event::Effect;
use windlass_model::lane::AttemptRecord;
use windlass_model::rollback::{Undo, puts_back, undo_of};
use windlass_model::run::{LaneId, Run};
use windlass_model::step::Compensate;
use windlass_model::{Side, StepId, Timestamp, Value, Work, Workflow};
use windlass_ports::Attempt;

/// A call with all it needs.
#[derive(Clone, Debug)]
pub struct Dispatch {
    /// Whose.
    pub lane: LaneId,
    /// The step's name.
    pub step: StepId,
    /// Number of the attempt.
    pub attempt_number: u32,
    /// The action's kind.
    pub uses: String,
    /// Whether `compensate` is meant where a forward lane would `execute`.
    pub compensates: bool,
    /// What it does.
    pub verb: Verb,
    /// The fields of the world that the attempt sets: as its intent says, or, where it puts back,
    /// as far as that can be told.
    pub effects: Vec<Effect>,
    /// The attempt; absent for a capture, which comes before it.
    pub attempt: Option<Attempt>,
    /// Where to ask, where there is a handle.
    pub handle: Option<Value>,
    /// When the attempt's time is over.
    pub deadline: Option<Timestamp>,
}

impl PartialEq for Dispatch {
    fn eq(&self, other: &Self) -> bool {
        self.lane == other.lane
            && self.attempt_number == other.attempt_number
            && self.verb == other.verb
    }
}

/// The action that works in a lane, and whether by its `compensate`.
pub fn action_of(workflow: &Workflow, (at, side): LaneId) -> Option<(&str, bool)> {
    let step = workflow.step(at);
    match (side, undo_of(step), &step.work) {
        (Side::Undo, Some(Undo::Custom(Compensate::Custom { uses, .. })), _) => Some((uses, false)),
        (Side::Undo, _, Work::Action { uses, .. }) => Some((uses, true)),
        (Side::Forward, _, Work::Action { uses, .. }) => Some((uses, false)),
        _ => None,
    }
}

impl Dispatch {
    /// The call's arguments; none where the lane has moved on or calls no action.
    pub fn new(
        workflow: &Workflow,
        run: &Run,
        cipher: &dyn Cipher,
        call: Call,
    ) -> Result<Option<Self>, SealError> {
        let Some((uses, compensates)) = action_of(workflow, call.lane) else { return Ok(None) };
        let step = workflow.step(call.lane.0);
        let record = run.lane(call.lane).and_then(|lane| lane.attempt.as_deref());
        let record = record.filter(|r| r.number == call.attempt);
        let capture = matches!(call.verb, Verb::Capture { .. });
        let (attempt, handle, deadline) = match record.filter(|_| !capture) {
            None if !capture => return Ok(None),
            None => (None, None, None),
            Some(record) => {
                let handle = record.handle.as_ref().map(|h| open(cipher, run.id, h)).transpose()?;
                let deadline = record.deadline(step.timeout_ms);
                (Some(attempt(run, cipher, call.lane, record, compensates)?), handle, deadline)
            }
        };
        let effects = match compensates {
            true => puts_back(&run.steps[call.lane.0 as usize]),
            false => record.map(|record| record.effects.clone()).unwrap_or_default(),
        };
        Ok(Some(Self {
            lane: call.lane,
            effects,
            step: step.id.clone(),
            attempt_number: call.attempt,
            uses: uses.to_owned(),
            compensates,
            verb: call.verb,
            attempt,
            handle,
            deadline,
        }))
    }
}

/// A compensation by the action itself gets what the forward attempt knew.
fn attempt(
    run: &Run,
    cipher: &dyn Cipher,
    lane: LaneId,
    record: &AttemptRecord,
    compensates: bool,
) -> Result<Attempt, SealError> {
    let step = &run.steps[lane.0 as usize];
    let forward = step.forward.attempt.as_deref();
    let source = if compensates { forward.unwrap_or(record) } else { record };
    // What stood there before the step first touched the world, not what its last attempt found.
    let captured = match compensates {
        true => step.forward.to_restore(),
        false => source.to_restore(),
    };
    let captured = captured.map(|c| open(cipher, run.id, c)).transpose()?;
    let recaptured = match compensates {
        true => {
            forward.and_then(AttemptRecord::to_restore).filter(|_| step.forward.origin.is_some())
        }
        false => record.captured.as_ref().filter(|_| record.captured_before.is_some()),
    };
    let recaptured = recaptured.map(|c| open(cipher, run.id, c)).transpose()?;
    let undoes = if lane.1 == Side::Undo { forward.map(|f| f.request_id) } else { None };
    let output = (compensates && step.forward.succeeded() && !step.output.is_null())
        .then(|| step.output.clone());
    Ok(Attempt {
        side: if compensates { Side::Undo } else { Side::Forward },
        number: record.number,
        input: record.input.clone(),
        captured,
        recaptured,
        request_id: record.request_id,
        undoes,
        started_at: record.started_at,
        not_before: source.not_before.clone(),
        output,
    })
}

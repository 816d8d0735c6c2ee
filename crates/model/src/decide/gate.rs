//! When a step that is next may begin: its window, its earliest time, the pause before a round.

use super::builtin::{next_time, text};
use crate::event::Failure;
use crate::expr::EvalError;
use crate::scope::RunScope;
use crate::step::StepDef;
use crate::time::Timestamp;

/// Until when the step's gate is closed; nothing where it may begin now.
pub(super) fn opens_at(
    scope: &RunScope<'_>,
    step: &StepDef,
    now: Timestamp,
) -> Result<Result<Option<Timestamp>, Failure>, EvalError> {
    let zone = scope.workflow.def().environment.zone.as_deref();
    let gate = &step.gate;
    let lane = &scope.run.steps[scope.step as usize].forward;
    let mut until = now;
    // Once only: at three in the morning, "three in the morning" is tomorrow.
    if lane.begins_at.is_none() && lane.attempts == 0 {
        until = until.after(gate.pause_ms.unwrap_or(0));
        if let Some(not_before) = &gate.not_before {
            match next_time(&text(not_before, scope)?, zone.unwrap_or("UTC"), now) {
                Ok(at) => until = until.max(at),
                Err(failure) => return Ok(Err(failure)),
            }
        }
    }
    if let (Some(window), true) = (&gate.window, until <= now) {
        match window.opening(zone, now) {
            Ok(opening) => until = until.max(opening.from),
            Err(why) => return Ok(Err(Failure::permanent("time", why))),
        }
    }
    Ok(Ok((until > now).then_some(until)))
}

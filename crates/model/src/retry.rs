//! When a lane tries again after an attempt that did not do its work, and when it has tried enough.
//!
//! It knows no random source: jitter is a hash of what identifies the attempt, so that a replay
//! waits as long.

use crate::event::{EventKind, Failure};
use crate::run::{LaneId, Run};
use crate::step::Retry;
use crate::time::{Millis, Timestamp};
use crate::workflow::Workflow;
use sha2::{Digest, Sha256};

/// The delay before an attempt: exponential, capped, half of it jittered.
pub fn backoff_ms(retry: &Retry, run: &Run, step: &str, attempt: u32) -> Millis {
    let doublings = attempt.saturating_sub(1).min(62);
    let factor = u64::from(retry.factor.max(1)).saturating_pow(doublings);
    let base = retry.initial_ms.saturating_mul(factor).min(retry.max_delay_ms);
    let digest = Sha256::digest(format!("{}/{step}/{attempt}", run.id));
    let hash = u64::from_be_bytes([
        digest[0], digest[1], digest[2], digest[3], digest[4], digest[5], digest[6], digest[7],
    ]);
    base / 2 + hash % (base / 2 + 1)
}

/// Another attempt where the failure may pass and the policy has one left; the step's failure
/// otherwise.
pub(crate) fn again_or_fail(
    workflow: &Workflow,
    run: &Run,
    id: LaneId,
    failure: Failure,
    attempts: u32,
    now: Timestamp,
) -> EventKind {
    let def = workflow.step(id.0);
    let (step, side) = (def.id.clone(), id.1);
    if !failure.transient || attempts >= def.retry.max_attempts {
        return EventKind::StepFailed { step, side, failure };
    }
    let delay = backoff_ms(&def.retry, run, def.id.as_str(), attempts.max(1));
    let delay = delay.max(failure.retry_after_ms.unwrap_or(0));
    EventKind::RetryScheduled { step, side, not_before: now.after(delay) }
}

/// Attempts of a lane that count against its policy: those since the last resume or operator's
/// retry.
pub(crate) fn attempts_counted(run: &Run, id: LaneId) -> u32 {
    run.lane(id).map_or(0, |lane| lane.attempts.saturating_sub(lane.attempts_before))
}

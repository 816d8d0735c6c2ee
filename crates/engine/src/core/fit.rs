//! Whether a call that waited for its intent to be durable may still be made. It must not know how
//! calls are made.

use windlass_model::decide::{Call, Verb};
use windlass_model::lane::AttemptState;
use windlass_model::run::Run;
use windlass_model::settle::settle_ms;
use windlass_model::{Side, Timestamp, Workflow};

/// Why an intent that is too old is not acted upon.
pub(super) const TOO_LATE: &str = "the intent became durable so late that another engine may have \
     taken the attempt for lost";

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// It is made.
    Yes,
    /// Its lane has moved on: nothing is to be called any more.
    MovedOn,
    /// It would act so long after its intent that a probe's "absent" may have counted by now.
    TooLate,
}

/// Looks at the lane as it is now.
pub(super) fn fits(workflow: &Workflow, run: &Run, call: &Call, now: Timestamp) -> Fit {
    let Some(lane) = run.lane(call.lane) else { return Fit::MovedOn };
    let attempt = lane.attempt.as_deref().filter(|attempt| attempt.number == call.attempt);
    let fits = match (&call.verb, lane.in_flight()) {
        (Verb::Capture { .. }, _) => lane.startable(),
        (Verb::Act, Some(AttemptState::Started)) => call.lane.1 == Side::Undo || !run.going_back(),
        (Verb::Poll, Some(AttemptState::Accepted)) => true,
        (Verb::Probe, Some(AttemptState::InDoubt { .. })) => true,
        _ => false,
    };
    let settle = settle_ms(workflow, call.lane);
    match attempt {
        _ if !fits => Fit::MovedOn,
        Some(attempt) if call.verb == Verb::Act => {
            let late = settle > 0 && now >= attempt.started_at.after(settle);
            if late { Fit::TooLate } else { Fit::Yes }
        }
        None if !matches!(call.verb, Verb::Capture { .. }) => Fit::MovedOn,
        _ => Fit::Yes,
    }
}

//! The synchronous core alone: every batch is durable and every call succeeds at once.

use crate::stage::{NOON, cipher};
use crate::{Failure, only_this_is_counted};
use std::collections::VecDeque;
use std::sync::Arc;
use windlass_engine::core::{Closing, Core, Effect, Input};
use windlass_model::observation::{Executed, Observation, Sighting};
use windlass_model::run::Run;
use windlass_model::{Phase, RunId, Seq, Value, Workflow, WorkflowDef};
use windlass_testkit::noop;

/// Enough that a run's beginning and end weigh nothing.
const STEPS: usize = 1_000;

/// Steps in a row.
pub fn chain() -> Result<u64, Failure> {
    run(noop::chain(STEPS))
}

/// Steps beside each other.
pub fn wide() -> Result<u64, Failure> {
    run(noop::wide(STEPS))
}

fn run(def: WorkflowDef) -> Result<u64, Failure> {
    let workflow = Arc::new(Workflow::new(def)?);
    let run = Run::new(RunId(uuid::Uuid::from_u128(1)), &workflow);
    let mut core = Core::new(workflow, run, cipher(), Arc::new(|_, _| Vec::new()));
    let mut ended = None;
    only_this_is_counted(&mut || ended = Some(drive(&mut core)));
    match ended {
        Some(Closing::Rest(Phase::Succeeded)) => Ok(STEPS as u64),
        other => Err(format!("the run ended as {other:?}").into()),
    }
}

fn drive(core: &mut Core) -> Closing {
    let opened = Input::Opened { by: "bench".to_owned(), signals: Vec::new(), drifted: Vec::new() };
    let mut inputs = VecDeque::from([opened]);
    while let Some(input) = inputs.pop_front() {
        for effect in core.handle(input, NOON) {
            match effect {
                Effect::Append(batch) => {
                    let durable = batch.expected + batch.events.len() as Seq;
                    inputs.push_back(Input::Appended(durable));
                }
                Effect::Call(call, dispatch) => {
                    let (step, side) = dispatch.lane;
                    let seen = Sighting::Acted(Ok(Executed::Done(Value::Null)));
                    let attempt = dispatch.attempt_number;
                    let observation = Observation { step, side, attempt, seen };
                    inputs.push_back(Input::Looked(call, observation));
                }
                Effect::Close(closing) => return closing,
                _ => {}
            }
        }
    }
    Closing::Bug("nothing is to be done, and the run has not ended".to_owned())
}

//! What a message from outside means. One that comes too late, or twice, means nothing.

use crate::event::{Decision, EventKind, Evidence, Failure, Side};
use crate::expr::Template;
use crate::id::StepId;
use crate::lane::{AttemptState, LaneState};
use crate::observation::Signal;
use crate::rollback::bars_the_way_back;
use crate::run::{Course, LaneId, Run};
use crate::scope::RunScope;
use crate::step::Work;
use crate::workflow::{StepIdx, Workflow};
use serde_json::{Value, json};

/// Signals that a run keeps until steps take them: more of them are a script gone wild, and each
/// checkpoint holds them all.
pub const SIGNALS_KEPT_MAX: usize = 100;

/// Turns a signal into events; none where it changes nothing any more.
pub fn settle_signal(workflow: &Workflow, run: &Run, signal: Signal) -> Vec<EventKind> {
    let ended = matches!(run.course, Course::Ended(_));
    let queued = matches!(run.course, Course::Queued { .. });
    match signal {
        Signal::Answer { step, value, by, note, evidence } => {
            answer(workflow, run, step, value, Said { by, note, evidence })
        }
        Signal::Send { name, data, by, note }
            if !ended && waited_for(workflow, &name) && run.signals.len() < SIGNALS_KEPT_MAX =>
        {
            vec![EventKind::SignalSent { name, by, data, note }]
        }
        // A pause takes back no wish to end.
        Signal::Pause { by } if run.works() && run.wish.is_none() => {
            vec![EventKind::PauseRequested { by }]
        }
        Signal::Cancel { by, keep } if !ended && (keep || run.may_turn_back()) => {
            cancel(run, by, keep)
        }
        Signal::Decide { step, decision, by, reason, output } if !ended && !queued => {
            let Some(id) = open_lane(workflow, run, &step) else { return Vec::new() };
            if decision == Decision::Skip && bars_the_way_back(workflow, run, id) {
                return Vec::new();
            }
            let output = output.filter(|_| id.1 == Side::Forward);
            vec![EventKind::OperatorDecision { step, side: id.1, decision, by, reason, output }]
        }
        Signal::Rollback { by, reason, to } if run.may_turn_back() => {
            // One that names no step of this workflow must not undo everything.
            if to.as_ref().is_some_and(|to| workflow.find(to).is_none()) {
                return Vec::new();
            }
            let whole = to.is_none();
            let mut events = vec![EventKind::RollbackStarted { by, reason, to }];
            // It never started, so that nothing is to be undone and no lock to be waited for.
            events.extend((queued && whole).then_some(EventKind::RunRolledBack));
            events
        }
        Signal::Supersede { by } if !ended => vec![EventKind::RunSuperseded { by }],
        _ => Vec::new(),
    }
}

/// Whether any step waits for a signal of this name.
fn waited_for(workflow: &Workflow, name: &str) -> bool {
    let mut works = workflow.def().steps.iter().map(|step| &step.work);
    works.any(|work| matches!(work, Work::WaitSignal { name: known } if known == name))
}

/// A run that works ends by what its engine decides next; one that waits for its lock, or has
/// halted, at once.
fn cancel(run: &Run, by: String, keep: bool) -> Vec<EventKind> {
    let queued = matches!(run.course, Course::Queued { .. });
    let request = EventKind::CancelRequested { by: by.clone(), keep };
    if queued || (keep && run.halt.is_some()) {
        return vec![request, EventKind::RunCancelled];
    }
    if run.halt.is_some() {
        let reason = "cancelled".to_owned();
        return vec![request, EventKind::RollbackStarted { by, reason, to: None }];
    }
    vec![request]
}

/// The lane of a step that a decision can be about: the one that asks, else the one that failed or
/// is in doubt.
fn open_lane(workflow: &Workflow, run: &Run, step: &StepId) -> Option<LaneId> {
    let at = workflow.find(step)?;
    let open = |id: &LaneId| {
        run.lane(*id).is_some_and(|lane| match &lane.state {
            LaneState::Failed { .. } | LaneState::RetryAt(_) | LaneState::Ready => true,
            LaneState::Attempting => {
                matches!(
                    lane.in_flight(),
                    Some(AttemptState::InDoubt { .. } | AttemptState::Asks { .. })
                )
            }
            _ => false,
        })
    };
    [(at, Side::Undo), (at, Side::Forward)].into_iter().find(open)
}

/// Who answered, and what beside the answer.
struct Said {
    by: String,
    note: Option<String>,
    evidence: Vec<Evidence>,
}

impl Said {
    /// An output with what later steps may want of it; a file's content is not among that.
    fn output(&self, key: &str, value: Value) -> Value {
        let mut output = json!({ key: value, "by": self.by, "note": self.note });
        if !self.evidence.is_empty() {
            let files = self.evidence.iter();
            let files = files.map(|one| json!({ "name": one.name, "sha256": one.sha256 }));
            output["evidence"] = files.collect();
        }
        output
    }
}

fn answer(
    workflow: &Workflow,
    run: &Run,
    step: StepId,
    value: Value,
    said: Said,
) -> Vec<EventKind> {
    let Some(at) = workflow.find(&step) else { return Vec::new() };
    let waits = matches!(run.steps[at as usize].forward.state, LaneState::Awaiting(_));
    if !run.works() || run.going_back() || !waits {
        return Vec::new();
    }
    if workflow.barred(workflow.step(at)) == Some(said.by.as_str()) {
        return Vec::new();
    }
    let end = match &workflow.step(at).work {
        Work::Input { ty, .. } if fits(ty, &value) => {
            let output = said.output("value", value.clone());
            EventKind::StepSucceeded { step: step.clone(), output }
        }
        Work::Approve { typed, .. } => match approves(workflow, run, at, typed.as_ref(), &value) {
            Some(true) => {
                let output = said.output("approved", true.into());
                EventKind::StepSucceeded { step: step.clone(), output }
            }
            Some(false) => EventKind::StepFailed {
                step: step.clone(),
                side: Side::Forward,
                failure: Failure::permanent("declined", format!("{} answered no", said.by)),
            },
            None => return Vec::new(),
        },
        _ => return Vec::new(),
    };
    let Said { by, note, evidence } = said;
    vec![EventKind::SignalReceived { step, by, value, note, evidence }, end]
}

/// Yes, no, or no answer at all: a name that was mistyped must not pass for a yes.
fn approves(
    workflow: &Workflow,
    run: &Run,
    step: StepIdx,
    typed: Option<&Template>,
    value: &Value,
) -> Option<bool> {
    match (value, typed) {
        (Value::Bool(yes), _) => Some(*yes),
        (Value::String(_), Some(typed)) => {
            let scope = RunScope { workflow, run, step, output: None };
            (typed.render(&scope).ok()? == *value).then_some(true)
        }
        _ => None,
    }
}

/// Whether a value is of the type that an input step asks for.
pub fn fits(ty: &str, value: &Value) -> bool {
    match ty {
        "int" => value.is_i64() || value.is_u64(),
        "bool" => value.is_boolean(),
        _ => value.is_string(),
    }
}

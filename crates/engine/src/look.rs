//! Looking at what became of a step's last attempt, for a human who is about to decide about it.
//! It changes nothing, neither in the world nor in the history.

use crate::calls::{NoKeeper, Surroundings, effects_of, perform};
use crate::core::{Dispatch, action_of};
use crate::outfit::{Outfit, Outfitter};
use crate::places::place;
use crate::reader::Loaded;
use crate::seal::Cipher;
use std::sync::Arc;
use windlass_model::catalog::ActionTraits;
use windlass_model::decide::{Call, Verb};
use windlass_model::observation::{Probed, Sighting};
use windlass_model::run::{LaneId, Run};
use windlass_model::scope::RunScope;
use windlass_model::step::Compensate;
use windlass_model::{ActionSpec, RunId, Side, StepId, StepIdx, Value, Work, Workflow};
use windlass_ports::Context;
use windlass_ports::action::{Bindings, OutputSink, Verdict};

/// What was seen of an attempt.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// On which side.
    pub side: Side,
    /// A sentence's end: "it is done".
    pub words: String,
    /// Whether it contradicts who says that the step is done.
    pub contradicts: bool,
    /// What the step gives, where it is done.
    pub output: Option<Value>,
}

/// Probes the attempt that a decision about the step would be about. None where it has none that an
/// action could look at; the error is a sentence.
pub async fn look(
    loaded: &Loaded,
    outfitter: &dyn Outfitter,
    cipher: &dyn Cipher,
    at: StepIdx,
) -> Result<Option<Seen>, String> {
    let (workflow, run) = (&loaded.workflow, &loaded.run);
    let Some(lane) = attempted(workflow, run, at) else { return Ok(None) };
    let attempt = run.lane(lane).map_or(0, |lane| lane.attempts);
    let call = Call { lane, attempt, verb: Verb::Probe };
    let dispatch = Dispatch::new(workflow, run, cipher, call).map_err(|error| error.to_string())?;
    let Some(dispatch) = dispatch else { return Ok(None) };
    let environment = &workflow.def().environment;
    let began = Some(loaded.head.started_at);
    let outfit = outfitter.outfit(run.id, workflow.def(), began).await?;
    let bindings = Arc::new(environment.resources.clone());
    let effects = effects_of(outfit.registry.clone(), bindings.clone());
    let around = Surroundings {
        bindings,
        folder: workflow.def().folder.as_deref().map(Arc::from),
        output: Arc::new(Nowhere),
        handles: Arc::new(NoKeeper),
        run: run.id,
    };
    let mut given = None;
    let (words, contradicts) = match perform(&outfit, around, dispatch, &effects).await.seen {
        Sighting::Probed(Ok(Probed::Done(output))) => {
            match still(loaded, &outfit, lane, &output).await {
                None => {
                    given = (lane.1 == Side::Forward && !output.is_null()).then_some(output);
                    ("it is done".to_owned(), false)
                }
                Some(not) => (format!("it is done, but {not}"), true),
            }
        }
        Sighting::Probed(Ok(probed)) => {
            let contradicts = match &probed {
                Probed::Absent | Probed::Begun | Probed::InProgress(_) => true,
                // What reads the world sees what a human did by hand; a script's own end does not.
                Probed::Failed(_) => {
                    traits_of(workflow, lane).is_some_and(|traits| traits.captures)
                }
                Probed::Done(_) | Probed::Unknown(_) => false,
            };
            (words(probed), contradicts)
        }
        Sighting::Probed(Err(error)) => (format!("it cannot be looked at: {error}"), false),
        _ => return Ok(None),
    };
    Ok(Some(Seen { side: lane.1, words, contradicts, output: given }))
}

/// What is not so any more of an attempt that took place, or does not hold of it: the file's own
/// `verify`, and its action's. An undo has neither.
async fn still(
    loaded: &Loaded,
    outfit: &Outfit,
    (at, side): LaneId,
    output: &Value,
) -> Option<String> {
    let Loaded { workflow, run, .. } = loaded;
    let step = workflow.step(at);
    let attempt = run.lane((at, side))?.attempt.as_deref()?;
    let Work::Action { uses, .. } = &step.work else { return None };
    if side == Side::Undo || run.going_back() {
        return None;
    }
    if let Some(verify) = &step.verify {
        let scope = RunScope { workflow, run, step: at, output: Some(output) };
        match verify.holds(&scope) {
            Ok(true) => {}
            Ok(false) => return Some(format!("`{}` does not hold", verify.source)),
            Err(error) => return Some(error.to_string()),
        }
    }
    let action = outfit.registry.action(uses)?;
    let bindings = Arc::new(workflow.def().environment.resources.clone());
    let ctx = quiet(outfit, run.id, step.id.clone(), &bindings);
    let input = placed(workflow, action.spec(), &attempt.input);
    match action.verify(&ctx, &input, output).await {
        Ok(Verdict::Drifted(what)) => Some(format!("not as it left it: {what}")),
        // What cannot be looked at twice was looked at once.
        Ok(_) | Err(_) => None,
    }
}

/// An attempt's input with the paths of its workflow's folder.
pub fn placed(workflow: &Workflow, spec: &ActionSpec, input: &Value) -> Value {
    let mut input = input.clone();
    if let Some(folder) = &workflow.def().folder {
        place(folder, &spec.input, &mut input);
    }
    input
}

/// The lane that a decision is about: the way back's, where it has begun.
fn attempted(workflow: &Workflow, run: &Run, at: StepIdx) -> Option<LaneId> {
    let lanes = [(at, Side::Undo), (at, Side::Forward)];
    let mut begun =
        lanes.into_iter().filter(|lane| run.lane(*lane).is_some_and(|lane| lane.attempts > 0));
    begun.next().filter(|lane| action_of(workflow, *lane).is_some())
}

/// Of the action that works in the lane: a step's own, or another one that the file says undoes it.
fn traits_of(workflow: &Workflow, (at, side): LaneId) -> Option<&ActionTraits> {
    let step = workflow.step(at);
    match (side, &step.compensate, &step.work) {
        (Side::Undo, Compensate::Custom { traits, .. }, _) => Some(traits),
        (_, _, Work::Action { traits, .. }) => Some(traits),
        _ => None,
    }
}

fn words(probed: Probed) -> String {
    match probed {
        Probed::Absent => "nothing of it is there".to_owned(),
        Probed::Begun => "it ended half-way".to_owned(),
        Probed::InProgress(_) => "it is still at work".to_owned(),
        Probed::Done(_) => "it is done".to_owned(),
        Probed::Failed(failure) => format!("it failed: {}", failure.message),
        Probed::Unknown(why) => format!("it cannot be told: {why}"),
    }
}

/// What an action or a resource gets that is only asked: nothing is printed, no handle is kept.
pub fn quiet(outfit: &Outfit, run: RunId, step: StepId, bindings: &Arc<Bindings>) -> Context {
    Context {
        run,
        step,
        bindings: bindings.clone(),
        clock: outfit.clock.clone(),
        secrets: outfit.secrets.clone(),
        deadline: None,
        output: Arc::new(Nowhere),
        handles: Arc::new(NoKeeper),
    }
}

/// A look prints nothing.
struct Nowhere;

impl OutputSink for Nowhere {
    fn line(&self, _text: &str) {}
}

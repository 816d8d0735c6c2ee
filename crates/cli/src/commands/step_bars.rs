//! What stands against a decision about a step: that there is none to take, guards, points of no
//! return, invariants. It must not know how the decision gets to the run.

use crate::command_error::{CommandError, Outcome};
use crate::proof;
use crate::render::lead_out::{way_back, way_on};
use crate::render::next::why;
use crate::talk;
use windlass_model::guards::{Guard, guard};
use windlass_model::lane::{Lane, LaneState};
use windlass_model::rollback::bars_the_way_back;
use windlass_model::run::{LaneId, Run};
use windlass_model::way_out::barrier;
use windlass_model::{Decision, Side, StepId, StepIdx, Workflow};
use windlass_prover::Story;

/// Why a step is not gone past whose proof failed.
const UNPROVED: &str = "what it requires is not proved";

/// Nobody skips a point of no return on the way back.
pub fn not_past_return(workflow: &Workflow, run: &Run, step: &StepId) -> Outcome<()> {
    let Some(at) = workflow.find(step).filter(|_| run.going_back()) else { return Ok(()) };
    if !bars_the_way_back(workflow, run, (at, Side::Undo)) {
        return Ok(());
    }
    let id = run.id;
    let message = format!("failed to skip `{step}`: it is a point of no return");
    let why = why(run).unwrap_or_default();
    Err(CommandError::failed(message).hint(format!(
        "what was done before it stays ({why}); `windlass cancel {id} --keep` leaves all as it \
         is, `windlass step done` says that it was undone by hand"
    )))
}

/// Refuses to go on past what is there to stop the run. On the way back nothing is.
pub fn not_past_guard(
    workflow: &Workflow,
    run: &Run,
    step: &StepId,
    word: Decision,
) -> Outcome<()> {
    let Some(at) = workflow.find(step).filter(|_| !run.going_back()) else { return Ok(()) };
    let Some(guard) = guard(workflow, run, at) else { return Ok(()) };
    let (verb, why) = match (word, guard) {
        // Whoever says that it is done says that what it gives is there; a look at it follows.
        (Decision::Done, Guard::Proves(_)) => return Ok(()),
        (Decision::Done, Guard::Says) => ("call", "it is there to stop the run".to_owned()),
        (Decision::Done, Guard::Unproved) => ("call", UNPROVED.to_owned()),
        (_, Guard::Says) => ("skip", "it is there to stop the run".to_owned()),
        (_, Guard::Unproved) => ("skip", UNPROVED.to_owned()),
        (_, Guard::Proves(steps)) => {
            let steps: Vec<&str> = steps.iter().map(StepId::as_str).collect();
            ("skip", format!("{} requires what it gives", steps.join(", ")))
        }
    };
    let done = if verb == "call" { " done" } else { "" };
    let id = run.id;
    let error = CommandError::failed(format!("failed to {verb} `{step}`{done}: {why}"));
    let back = match barrier(workflow, run) {
        None => format!("`windlass rollback {id}` goes back, "),
        Some(_) => {
            let on = way_on(workflow, run, Some(id));
            let on = on.map(|words| format!("`windlass {words}` leads on, "));
            let back = way_back(workflow, run, Some(id));
            let back = back.map(|words| format!("`windlass {words}` leads back, "));
            on.into_iter().chain(back).collect()
        }
    };
    Err(error.hint(format!(
        "{back}`windlass resume {id}` tries again; with --past-guard you take it upon yourself"
    )))
}

/// What a skip could break, as a story; that it is not known is said.
pub async fn could_break(workflow: &Workflow, run: &Run, lane: LaneId) -> Option<Story> {
    match proof::skipped(workflow.def(), run, lane).await {
        Ok(story) => story,
        Err(why) => {
            let step = &workflow.step(lane.0).id;
            talk::say(&format!("what a skip of `{step}` could break was not proved: {why}"));
            None
        }
    }
}

/// The refusal of a skip after which an invariant could break, with how.
pub fn breaks(step: &StepId, side: Side, story: &Story) -> CommandError {
    let undoing = if side == Side::Undo { "the undoing of " } else { "" };
    let message = format!("failed to skip {undoing}`{step}`: {} could break", story.broken);
    let error = CommandError::failed(message);
    let error = proof::story(story).into_iter().fold(error, CommandError::hint);
    error.hint("with --past-guard you take it upon yourself")
}

/// The side of a step that one can decide about now. Refuses what would change nothing, and says
/// about what one can decide.
pub fn open_lane(workflow: &Workflow, run: &Run, step: &StepId) -> Outcome<LaneId> {
    let Some(at) = workflow.find(step) else {
        let names: Vec<&str> = workflow.def().steps.iter().map(|s| s.id.as_str()).collect();
        return Err(CommandError::usage(format!("failed to decide: there is no step `{step}`"))
            .hint(format!("the steps are {}", names.join(", "))));
    };
    if !run.phase().ended()
        && let Some(lane) = open(run, at)
    {
        return Ok(lane);
    }
    let where_it_stands = run.lane((at, Side::Forward)).map(|lane| lane.state.describe());
    let error = CommandError::usage(format!(
        "failed to decide about `{step}`: it {}, and the run is {}",
        where_it_stands.unwrap_or_default(),
        run.phase()
    ));
    let all = 0..workflow.len() as StepIdx;
    let others: Vec<&str> =
        all.filter(|at| open(run, *at).is_some()).map(|at| workflow.step(at).id.as_str()).collect();
    Err(match others.is_empty() {
        true => error.hint("no step of it waits for a decision"),
        false => error.hint(format!("one can decide about {}", others.join(", "))),
    })
}

/// The side that a decision about the step would be about now; the same rule as the engine's.
fn open(run: &Run, at: StepIdx) -> Option<LaneId> {
    let undecided = |lane: &Lane| {
        let doubt = lane.in_flight().is_some_and(|state| state.describe() != "started")
            && lane.in_flight().is_some_and(|state| state.describe() != "accepted");
        match lane.state {
            LaneState::Failed { .. } | LaneState::RetryAt(_) | LaneState::Ready => true,
            LaneState::Attempting => doubt,
            _ => false,
        }
    };
    let lanes = [(at, Side::Undo), (at, Side::Forward)];
    lanes.into_iter().find(|id| run.lane(*id).is_some_and(undecided))
}

//! `windlass step`.

use super::delivery::{Delivery, DeliveryArgs};
use super::globals::Globals;
use crate::command_error::{CommandError, Outcome};
use crate::compose::program::Program;
use crate::follow::roles::{self, Wish};
use crate::proof;
use crate::render::next::why;
use crate::talk;
use windlass_model::guards::{Guard, guard};
use windlass_model::lane::{Lane, LaneState};
use windlass_model::observation::Signal;
use windlass_model::rollback::bars_the_way_back;
use windlass_model::run::Run;
use windlass_model::{Decision, RunId, Side, StepId, StepIdx, Workflow};

/// Why a step is not gone past whose proof failed.
const UNPROVED: &str = "what it requires is not proved";

/// Decides about a step that no probe can settle, that failed, or that is about to be tried again
///
/// `done` goes on as if the step had succeeded; it looks first, and is refused where the look says
/// otherwise. `skip` goes on without it; `retry` tries it again. Nobody skips a point of no return
/// on the way back. A question, an assertion, and a step whose proof failed or that another one
/// requires are gone past only with --past-guard.
/// Who and why are kept in the history. On the way back the decision is about the step's undo.
///
/// Examples:
///
///   windlass step done run_0193f0 restore_backup --reason "the portal shows the database online"
///
///   windlass step retry run_0193f0 'stop[qa4]' --reason "the firewall is open again"
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct StepArgs {
    /// What became of it, or shall
    #[arg(value_enum)]
    pub decision: Word,

    /// The run: its id, or any unique beginning of it
    pub run: String,

    /// The step
    pub step: String,

    /// Why, for the history
    #[arg(long, value_name = "TEXT")]
    pub reason: String,

    /// Takes `done` although a look at the step contradicts it
    #[arg(long)]
    pub unseen: bool,

    /// Goes past a question that was answered no, an assertion that does not hold, or what another
    /// step requires: the steps behind it are done although it is there to stop them
    #[arg(long)]
    pub past_guard: bool,

    /// How the decision gets there.
    #[command(flatten)]
    pub delivery: DeliveryArgs,
}

/// A decision as one types it.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum Word {
    /// It is done: go on as if it had succeeded
    Done,
    /// Leave it: go on without it
    Skip,
    /// Try it again
    Retry,
}

impl From<Word> for Decision {
    fn from(word: Word) -> Self {
        match word {
            Word::Done => Self::Done,
            Word::Skip => Self::Skip,
            Word::Retry => Self::Retry,
        }
    }
}

/// Runs the verb.
pub async fn run(args: &StepArgs, globals: &Globals) -> Outcome {
    let program = globals.open().await?;
    let head = program.find(&args.run).await?;
    let loaded = program.reader.load(head.run).await?;
    let step = StepId::new(&args.step);
    check(&loaded.workflow, &loaded.run, &step)?;
    if args.reason.trim().is_empty() {
        return Err(CommandError::usage("failed to decide: the reason is empty")
            .hint("say in `--reason` what you know: the history keeps it"));
    }
    let by = args.delivery.acting();
    roles::check(loaded.workflow.def(), &by, Wish::Decide)?;
    if matches!(args.decision, Word::Skip) {
        not_past_return(&loaded.workflow, &loaded.run, &step)?;
    }
    if !matches!(args.decision, Word::Retry) && !args.past_guard {
        not_past_guard(&loaded.workflow, &loaded.run, &step, args.decision)?;
    }
    if matches!(args.decision, Word::Skip) && !args.past_guard {
        breaks_nothing(&loaded.workflow, &loaded.run, &step).await?;
    }
    if matches!(args.decision, Word::Done) {
        look(&program, head.run, &step, args.unseen).await?;
    }
    let (decision, reason) = (args.decision.into(), args.reason.clone());
    let signal = Signal::Decide { step, decision, by, reason };
    let delivery = Delivery { program: &program, globals, args: &args.delivery, wanted: &[] };
    delivery.send(&loaded.run, signal).await
}

/// Looks before a human's word is taken, and says what is there. A look that contradicts him stops
/// it, unless he takes it upon himself.
async fn look(program: &Program, run: RunId, step: &StepId, unseen: bool) -> Outcome<()> {
    let seen = match program.engine.look(run, step).await {
        Ok(Some(seen)) => seen,
        Ok(None) => return Ok(()),
        Err(error) => {
            talk::say(&format!("`{step}` could not be looked at: {error}"));
            return Ok(());
        }
    };
    let undo = if seen.side == Side::Undo { "the undo of " } else { "" };
    let said = format!("looked at {undo}`{step}`: {}", seen.words);
    if seen.contradicts && !unseen {
        let message = format!("failed to call `{step}` done: {said}");
        return Err(CommandError::failed(message).hint(
            "`step retry` does it, `step skip` goes on without it; --unseen takes your word",
        ));
    }
    talk::say(&said);
    Ok(())
}

/// Nobody skips a point of no return on the way back.
fn not_past_return(workflow: &Workflow, run: &Run, step: &StepId) -> Outcome<()> {
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
fn not_past_guard(workflow: &Workflow, run: &Run, step: &StepId, word: Word) -> Outcome<()> {
    let Some(at) = workflow.find(step).filter(|_| !run.going_back()) else { return Ok(()) };
    let Some(guard) = guard(workflow, run, at) else { return Ok(()) };
    let (verb, why) = match (word, guard) {
        // Whoever says that it is done says that what it gives is there; a look at it follows.
        (Word::Done, Guard::Proves(_)) => return Ok(()),
        (Word::Done, Guard::Says) => ("call", "it is there to stop the run".to_owned()),
        (Word::Done, Guard::Unproved) => ("call", UNPROVED.to_owned()),
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
    Err(error.hint(format!(
        "`windlass rollback {id}` goes back, `windlass resume {id}` tries again; with \
         --past-guard you take it upon yourself"
    )))
}

/// Refuses a skip after which an invariant could break, with how.
async fn breaks_nothing(workflow: &Workflow, run: &Run, step: &StepId) -> Outcome<()> {
    let Some(at) = workflow.find(step) else { return Ok(()) };
    let side = if run.going_back() { Side::Undo } else { Side::Forward };
    let story = match proof::skipped(workflow.def(), run, (at, side)).await {
        Ok(None) => return Ok(()),
        Ok(Some(story)) => story,
        Err(why) => {
            talk::say(&format!("what a skip of `{step}` could break was not proved: {why}"));
            return Ok(());
        }
    };
    let undoing = if side == Side::Undo { "the undoing of " } else { "" };
    let message = format!("failed to skip {undoing}`{step}`: {} could break", story.broken);
    let error = CommandError::failed(message);
    let error = proof::story(&story).into_iter().fold(error, CommandError::hint);
    Err(error.hint("with --past-guard you take it upon yourself"))
}

/// Refuses what would change nothing, and says about what one can decide.
fn check(workflow: &Workflow, run: &Run, step: &StepId) -> Outcome<()> {
    let Some(at) = workflow.find(step) else {
        let names: Vec<&str> = workflow.def().steps.iter().map(|s| s.id.as_str()).collect();
        return Err(CommandError::usage(format!("failed to decide: there is no step `{step}`"))
            .hint(format!("the steps are {}", names.join(", "))));
    };
    if !run.phase().ended() && open(run, at) {
        return Ok(());
    }
    let where_it_stands = run.lane((at, Side::Forward)).map(|lane| lane.state.describe());
    let error = CommandError::usage(format!(
        "failed to decide about `{step}`: it {}, and the run is {}",
        where_it_stands.unwrap_or_default(),
        run.phase()
    ));
    let all = 0..workflow.len() as StepIdx;
    let others: Vec<&str> =
        all.filter(|at| open(run, *at)).map(|at| workflow.step(at).id.as_str()).collect();
    Err(match others.is_empty() {
        true => error.hint("no step of it waits for a decision"),
        false => error.hint(format!("one can decide about {}", others.join(", "))),
    })
}

/// Whether a decision about the step means anything now; the same rule as the engine's.
fn open(run: &Run, at: StepIdx) -> bool {
    let undecided = |lane: &Lane| {
        let doubt = lane.in_flight().is_some_and(|state| state.describe() != "started")
            && lane.in_flight().is_some_and(|state| state.describe() != "accepted");
        match lane.state {
            LaneState::Failed { .. } | LaneState::RetryAt(_) | LaneState::Ready => true,
            LaneState::Attempting => doubt,
            _ => false,
        }
    };
    [Side::Undo, Side::Forward].into_iter().filter_map(|side| run.lane((at, side))).any(undecided)
}

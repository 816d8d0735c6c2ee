//! `windlass rollback`.

use super::globals::Globals;
use super::going::{GoingArgs, go};
use crate::command_error::{CommandError, Outcome};
use crate::compose::program::Program;
use crate::exit_code::ExitCode;
use crate::follow::newer::not_behind_a_newer_one;
use crate::follow::roles::{self, Wish};
use crate::follow::stdin_lines;
use crate::outlook::back::WayBack;
use crate::outlook::past;
use crate::render::lead_out::way_back;
use crate::render::undo_plan::{self, UndoStep};
use crate::talk;
use serde_json::json;
use windlass_engine::reader::Loaded;
use windlass_model::observation::Signal;
use windlass_model::run::{Course, Run};
use windlass_model::{Phase, StepId, Workflow};

/// Undoes a run: compensates its steps in reverse order
///
/// Legal from every phase but rolled back and cancelled; a run that succeeded takes its
/// environment's lock again. One that a newer run has changed the work of is not undone before that
/// one is, and one that is past a point of no return is not begun to be undone. What is in doubt is
/// looked at first. A rollback that stopped half way goes on.
///
/// Examples:
///
///   windlass rollback run_0193f0 --preview
///
///   windlass rollback run_0193f0 --reason "the hotfix is withdrawn"
///
///   windlass rollback run_0193f0 --to restore_backup --yes --json
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct RollbackArgs {
    /// The run: its id, or any unique beginning of it
    pub run: String,

    /// Undoes only what came after this step; the run then pauses, and `resume` undoes the rest: it
    /// goes forward no more
    #[arg(long, value_name = "STEP")]
    pub to: Option<String>,

    /// Why, for the history
    #[arg(long, value_name = "TEXT", default_value = "asked for")]
    pub reason: String,

    /// Shows what would be undone, in which order, and what cannot; changes nothing
    #[arg(long)]
    pub preview: bool,

    /// Undoes it although a newer run has changed since what it would put back, or although it
    /// cannot come to its end
    #[arg(long)]
    pub past_guard: bool,

    /// How one goes with the run.
    #[command(flatten)]
    pub going: GoingArgs,
}

/// Runs the verb.
pub async fn run(args: &RollbackArgs, globals: &Globals) -> Outcome {
    let program = globals.open().await?;
    let head = program.find(&args.run).await?;
    let loaded = program.reader.load(head.run).await?;
    let (workflow, state) = (&loaded.workflow, &loaded.run);
    let to = target(workflow, args.to.as_deref())?;
    if args.preview {
        let took = past(&program.store, &head.workflow, &head.environment).await?.took();
        let way_back = WayBack::of(workflow, state, to.as_ref(), &took)?;
        let refused = match state.may_turn_back() {
            true => allowed(&program, &loaded, to.as_ref()).await.err(),
            false => None,
        };
        if globals.json {
            let mut shown = way_back.json();
            shown["run"] = json!(head.run);
            shown["refused"] = json!(refused.as_ref().map(|why| why.error.to_string()));
            talk::json(&shown);
        } else {
            way_back.lines().iter().for_each(|line| talk::prose(line));
            if let Some(why) = refused {
                talk::prose(&format!("`rollback` refuses this now: {}", why.error));
                why.hints.iter().for_each(|hint| talk::prose(&format!("  {hint}")));
            }
        }
        return Ok(ExitCode::Succeeded);
    }
    roles::check(workflow.def(), &args.going.acting(), Wish::RollBack)?;
    let goes_on = matches!(state.course, Course::Back { .. }) && !state.may_turn_back();
    if !goes_on {
        if !state.may_turn_back() {
            let phase = state.phase();
            return Err(CommandError::usage(format!(
                "failed to roll back: {} is {phase}",
                head.run
            ))
            .hint(program.command(&format!("show {}", head.run))));
        }
        match args.past_guard {
            true => not_after_another(&program, &loaded).await?,
            false => allowed(&program, &loaded, to.as_ref()).await?,
        }
        if to.is_some() {
            talk::say("a run that goes back goes forward no more: `resume` undoes the rest then");
        }
        confirm(args, workflow, state, to.as_ref()).await?;
        let (by, reason) = (args.going.acting(), args.reason.clone());
        program.engine.signal(head.run, &Signal::Rollback { by, reason, to }).await?;
    }
    go(&program, globals, head.run, &args.going, wanted(args)).await
}

/// Whether a rollback may begin as things are, nobody taking it upon himself.
async fn allowed(program: &Program, loaded: &Loaded, to: Option<&StepId>) -> Outcome<()> {
    not_after_another(program, loaded).await?;
    not_behind_a_newer_one(program, loaded).await?;
    not_into_a_barrier(program, &loaded.workflow, &loaded.run, to)
}

/// A rollback that cannot come to its end leaves neither what was nor what is: nothing is undone
/// where it would stop half-way.
fn not_into_a_barrier(
    program: &Program,
    workflow: &Workflow,
    run: &Run,
    to: Option<&StepId>,
) -> Outcome<()> {
    let plan = undo_plan::steps(workflow, run, to);
    let Some(UndoStep { step, .. }) = plan.iter().find(|one| !one.possible) else { return Ok(()) };
    let id = run.id;
    let message = format!(
        "failed to roll back {id}: `{step}` cannot be undone, and nothing before it would come back"
    );
    let mut error = CommandError::usage(message);
    let takes_over = (!run.phase().ended()).then_some(id);
    if let Some(words) = way_back(workflow, run, takes_over) {
        error = error.hint(format!("this leads back: `{}`", program.command(&words)));
    }
    let undone = plan.iter().filter(|one| one.reached && one.possible);
    let undone: Vec<&str> = undone.map(|one| one.step.as_str()).collect();
    // A run that goes back never goes forward again: half of it is nothing to be offered.
    let only = match undone.is_empty() {
        true => "nothing".to_owned(),
        false => format!("{} only, after which nothing leads forward again", undone.join(", ")),
    };
    Err(error.hint(format!("--past-guard undoes {only}: look at --preview before")))
}

/// What a run left is not there any more once the one that took its place has acted: that one is
/// undone first.
async fn not_after_another(program: &Program, loaded: &Loaded) -> Outcome<()> {
    let run = loaded.head.run;
    if loaded.run.phase() != Phase::Superseded {
        return Ok(());
    }
    let Some(successor) = program.successor(run).await? else { return Ok(()) };
    // One that was pruned is long over.
    let Ok(loaded) = program.reader.load(successor).await else { return Ok(()) };
    let phase = loaded.run.phase();
    let acted = loaded.run.steps.iter().any(|step| step.forward.armed);
    if !acted || phase == Phase::RolledBack {
        return Ok(());
    }
    let message = format!(
        "failed to roll back {run}: {successor} took its place and has changed the world since \
         ({})",
        phase.as_str().replace('_', " ")
    );
    let first = program.command(&format!("rollback {successor}"));
    Err(CommandError::usage(message).hint(format!("undo that one first: `{first}`")))
}

/// A partial rollback ends in a pause: that is what it is for.
fn wanted(args: &RollbackArgs) -> &'static [Phase] {
    if args.to.is_some() { &[Phase::Paused] } else { &[] }
}

fn target(workflow: &Workflow, to: Option<&str>) -> Outcome<Option<StepId>> {
    let Some(to) = to else { return Ok(None) };
    let step = StepId::new(to);
    if workflow.find(&step).is_none() {
        let names: Vec<&str> = workflow.def().steps.iter().map(|s| s.id.as_str()).collect();
        return Err(CommandError::usage(format!("failed to roll back: there is no step `{to}`"))
            .hint(format!("the steps are {}", names.join(", "))));
    }
    Ok(Some(step))
}

/// Asks on a terminal; elsewhere the command itself is the answer.
async fn confirm(
    args: &RollbackArgs,
    workflow: &Workflow,
    run: &Run,
    to: Option<&StepId>,
) -> Outcome<()> {
    if args.going.yes || !talk::can_ask() {
        return Ok(());
    }
    undo_plan::lines(&undo_plan::steps(workflow, run, to)).iter().for_each(|line| talk::say(line));
    match stdin_lines::agrees("Undo this?").await {
        true => Ok(()),
        false => Err(CommandError::failed("nothing was undone, as you said")),
    }
}

//! `windlass cancel`.

use super::delivery::{Delivery, DeliveryArgs};
use super::globals::Globals;
use crate::command_error::{CommandError, Outcome};
use crate::compose::program::Program;
use crate::follow::roles::{self, Wish};
use crate::follow::stdin_lines;
use crate::render::world;
use crate::talk;
use windlass_engine::reader::Loaded;
use windlass_model::Phase;
use windlass_model::observation::Signal;

/// Ends a run: undoes what it did, or with `--keep` leaves things as they are
///
/// Without `--keep` this is a rollback: what is in doubt is looked at, then everything is undone in
/// reverse order. With `--keep` the run ends where it is and says what stays; no rollback is
/// possible afterwards, so that it asks on a terminal.
///
/// Where another process drives the run, this one tells it and returns as soon as it has heard: it
/// does not wait for the end of the run. `show` says how far it is.
///
/// Examples:
///
///   windlass cancel run_0193f0
///
///   windlass cancel run_0193f0 --keep
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct CancelArgs {
    /// The run: its id, or any unique beginning of it
    pub run: String,

    /// Leaves things as they are
    #[arg(long)]
    pub keep: bool,

    /// Leaves them without being asked
    #[arg(long, requires = "keep")]
    pub yes: bool,

    /// How the wish gets there.
    #[command(flatten)]
    pub delivery: DeliveryArgs,
}

/// Runs the verb.
pub async fn run(args: &CancelArgs, globals: &Globals) -> Outcome {
    let program = globals.open().await?;
    let head = program.find(&args.run).await?;
    let loaded = program.reader.load(head.run).await?;
    let (run, phase) = (head.run, loaded.run.phase());
    if phase.ended() {
        let error = CommandError::usage(format!("failed to cancel: {run} is {phase} already"));
        let back = program.command(&format!("rollback {run}"));
        return Err(match phase {
            Phase::Succeeded => error.hint(format!("`{back}` undoes it")),
            _ => error,
        });
    }
    if !args.keep && !loaded.run.may_turn_back() {
        let resume = program.command(&format!("resume {run}"));
        return Err(CommandError::usage(format!("failed to cancel: {run} is on its way back"))
            .hint(format!("`{resume}` goes on; `cancel --keep` leaves things as they are")));
    }
    let by = args.delivery.acting();
    roles::check(loaded.workflow.def(), &by, Wish::Cancel)?;
    if args.keep && !args.yes && talk::can_ask() {
        confirm(&program, &loaded).await?;
    }
    let signal = Signal::Cancel { by, keep: args.keep };
    let wanted = &[Phase::Cancelled, Phase::RolledBack];
    Delivery { program: &program, globals, args: &args.delivery, wanted }
        .send(&loaded.run, signal)
        .await
}

/// What stays is told before it does: nothing of windlass puts it back any more.
async fn confirm(program: &Program, loaded: &Loaded) -> Outcome<()> {
    let (workflow, run) = (&loaded.workflow, &loaded.run);
    if run.steps.iter().all(|step| !step.forward.armed) {
        return Ok(());
    }
    let driven = program.driver(run.id).await?.is_some();
    world::sentences(workflow, run, driven, None).iter().for_each(|line| talk::say(line));
    talk::say("a run that was cancelled cannot be rolled back");
    match stdin_lines::agrees("End it and leave things as they are?").await {
        true => Ok(()),
        false => Err(CommandError::failed("it was not cancelled, as you said")),
    }
}

//! `windlass resume`.

use super::globals::Globals;
use super::going::{GoingArgs, go, tell};
use crate::command_error::Outcome;
use crate::exit_code::ExitCode;
use crate::follow::roles::{self, Wish};

/// Goes on with a run exactly where it stopped
///
/// What was in flight is probed, never repeated blindly; finished steps never run again. What is no
/// longer as they left it is told first, and written down. A failed step is tried again, a paused
/// or interrupted rollback goes on. Where another process drives the run, this one watches. A run
/// that has ended is summed up.
///
/// Examples:
///
///   windlass resume run_0193f0
///
///   windlass resume 0193f0 --yes --json
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct ResumeArgs {
    /// The run: its id, or any unique beginning of it
    pub run: String,

    /// How one goes with the run.
    #[command(flatten)]
    pub going: GoingArgs,
}

/// Runs the verb.
pub async fn run(args: &ResumeArgs, globals: &Globals) -> Outcome {
    let program = globals.open().await?;
    let head = program.find(&args.run).await?;
    let nothing_waits = program.store.pending_signals(head.run).await?.is_empty();
    if head.phase.ended() && nothing_waits {
        return tell(&program, globals, head.run, ExitCode::of).await;
    }
    let workflow = program.reader.workflow(&head).await?;
    roles::check(workflow.def(), &args.going.acting(), Wish::Resume)?;
    let going = GoingArgs { look_for_drift: true, ..args.going.clone() };
    go(&program, globals, head.run, &going, &[]).await
}

//! `windlass resume`.

use super::globals::Globals;
use super::going::{GoingArgs, go, tell};
use crate::command_error::Outcome;
use crate::compose::program::Program;
use crate::exit_code::ExitCode;
use crate::follow::roles::{self, Wish};
use crate::talk;
use serde_json::json;
use windlass_model::RunId;

/// Goes on with a run exactly where it stopped
///
/// What was in flight is probed, never repeated blindly; finished steps never run again. What is no
/// longer as they left it is told first. A failed
/// step is tried again, a paused or interrupted rollback goes on. Where another process drives the
/// run, this one watches. A run that has ended is summed up.
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
    if program.driver(head.run).await?.is_none() {
        tell_drift(&program, globals, head.run).await?;
    }
    go(&program, globals, head.run, &args.going, &[]).await
}

/// Says what somebody else changed while the run stood still, before anything is done.
async fn tell_drift(program: &Program, globals: &Globals, run: RunId) -> Outcome<()> {
    program.ready()?;
    for drift in program.engine.drift(run).await? {
        match globals.json {
            true => talk::json(&json!({
                "type": "drift", "run": run, "step": drift.step, "what": drift.what,
            })),
            false => talk::say(&format!(
                "DRIFT: no longer as step `{}` left it: {}",
                drift.step, drift.what
            )),
        }
    }
    Ok(())
}

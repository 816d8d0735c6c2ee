//! `windlass resume`.

use super::globals::Globals;
use super::going::{GoingArgs, go_with, tell};
use super::migration::migrate;
use crate::command_error::Outcome;
use crate::exit_code::ExitCode;
use crate::follow::drift::{self, Said};
use crate::follow::roles::{self, Wish};
use std::path::PathBuf;

/// Goes on with a run exactly where it stopped
///
/// What was in flight is probed, never repeated blindly; finished steps never run again. What is no
/// longer as they left it is told first, and somebody decides: it is accepted as it is, put back by
/// the step that had set it, or nothing is done (exit code 6). Either way it is written down. A
/// failed step is tried again, a paused or interrupted rollback goes on. Where another process
/// drives the run, this one watches. A run that has ended is summed up.
///
/// Examples:
///
///   windlass resume run_0193f0
///
///   windlass resume 0193f0 --yes --json
///
///   windlass resume 0193f0 --drift accept
///
///   windlass resume 0193f0 --drift stop_apps=put-back --drift accept
///
///   windlass resume 0193f0 --workflow release.yaml --reason "the check had the wrong address"
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct ResumeArgs {
    /// The run: its id, or any unique beginning of it
    pub run: String,

    /// What becomes of drift: accept, put-back or stop, for each step or for one. [default: asked
    /// for, and stop where nobody can be asked]
    #[arg(long, value_name = "[STEP=]WHAT", value_parser = drift::said)]
    pub drift: Vec<Said>,

    /// Accepts drift too of what a step that cannot be undone was begun because of
    #[arg(long)]
    pub past_guard: bool,

    /// Goes on by this file in place of the one it began with: what has begun must mean the same in
    /// it, what has not may be added, taken away or changed
    #[arg(long, value_name = "FILE")]
    pub workflow: Option<PathBuf>,

    /// The environment of that file. [default: that of the run]
    #[arg(long, value_name = "NAME|PATH", requires = "workflow")]
    pub env: Option<String>,

    /// Why it goes on by that file, for the history
    #[arg(long, value_name = "TEXT", default_value = "mended", requires = "workflow")]
    pub reason: String,

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
    let loaded = program.reader.load(head.run).await?;
    roles::check(loaded.workflow.def(), &args.going.acting(), Wish::Resume)?;
    if let Some(file) = &args.workflow {
        let by = (&args.going, args.reason.as_str());
        let with = (file.as_path(), args.env.as_deref());
        migrate(&program, &loaded, with, by, globals.json).await?;
    }
    // Where somebody drives it, this one watches.
    let drifted = match program.driver(head.run).await? {
        None => {
            drift::decided(&program, head.run, &args.drift, args.past_guard, globals.json).await?
        }
        Some(_) => Vec::new(),
    };
    go_with(&program, globals, head.run, &args.going, (&[], drifted)).await
}

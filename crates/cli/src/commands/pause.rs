//! `windlass pause`.

use super::delivery::{Delivery, DeliveryArgs};
use super::globals::Globals;
use crate::command_error::{CommandError, Outcome};
use crate::exit_code::ExitCode;
use crate::follow::roles::{self, Wish};
use crate::follow::watch::rests;
use crate::talk;
use serde_json::json;
use windlass_model::Phase;
use windlass_model::observation::Signal;

/// Stops a run after what is in flight; `resume` goes on with it
///
/// Remote operations work on: their handles are kept, and `resume` asks them again.
///
/// Where another process drives the run, this one tells it and returns as soon as it has heard: it
/// does not wait for the pause. `show` says how far it is.
///
/// Example:
///
///   windlass pause run_0193f0
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct PauseArgs {
    /// The run: its id, or any unique beginning of it
    pub run: String,

    /// How the wish gets there.
    #[command(flatten)]
    pub delivery: DeliveryArgs,
}

/// Runs the verb.
pub async fn run(args: &PauseArgs, globals: &Globals) -> Outcome {
    let program = globals.open().await?;
    let head = program.find(&args.run).await?;
    let loaded = program.reader.load(head.run).await?;
    let (run, phase) = (head.run, loaded.run.phase());
    if phase == Phase::Queued {
        let cancel = program.command(&format!("cancel {run}"));
        return Err(CommandError::usage(format!("failed to pause: {run} waits for its lock"))
            .hint(format!("nothing of it has begun; `{cancel}` takes it out of the queue")));
    }
    if rests(phase) {
        match globals.json {
            true => talk::json(&json!({ "type": "nothing_to_pause", "run": run, "phase": phase })),
            false => talk::data(&format!("{run} is {phase} already: nothing is to be paused")),
        }
        return Ok(ExitCode::Succeeded);
    }
    let by = args.delivery.acting();
    roles::check(loaded.workflow.def(), &by, Wish::Pause)?;
    let signal = Signal::Pause { by };
    let wanted = &[Phase::Paused];
    Delivery { program: &program, globals, args: &args.delivery, wanted }
        .send(&loaded.run, signal)
        .await
}

//! `windlass history`.

use super::globals::Globals;
use super::verify::hash;
use super::verify_history;
use crate::command_error::{CommandError, Outcome};
use crate::compose::program::Program;
use crate::exit_code::ExitCode;
use crate::render::event_text::{self, step_of};
use crate::render::{json_lines, steps};
use crate::signing::judge::Against;
use crate::signing::key_file;
use crate::talk;
use serde_json::json;
use std::path::PathBuf;
use windlass_model::{RunId, Seq, StepId};
use windlass_spec::nearest::did_you_mean;

/// Events read at once.
const PAGE: usize = 1_000;

/// Shows the events of a run, its state as of an event, or whether its chain is sound
///
/// Examples:
///
///   windlass history run_0193f0
///
///   windlass history run_0193f0 --step restore_backup --json
///
///   windlass history run_0193f0 --at 12
///
///   windlass history run_0193f0 --verify
///
///   windlass history run_0193f0 --verify --key release.pem.pub
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct HistoryArgs {
    /// The run: its id, or any unique beginning of it
    pub run: String,

    /// Shows the state as of this event
    #[arg(long, value_name = "SEQ")]
    pub at: Option<Seq>,

    /// Only events of this step
    #[arg(long, value_name = "STEP")]
    pub step: Option<String>,

    /// Checks every hash of the chain, and that what was signed last is still there; the exit code
    /// is 0 only where all is sound
    #[arg(long, conflicts_with_all = ["at", "step"])]
    pub verify: bool,

    /// With `--verify`: a hash that one of the events must bear, as you noted it
    #[arg(long, value_name = "HASH", value_parser = hash, requires = "verify")]
    pub head: Option<String>,

    /// With `--verify`: the public key that what was signed last must be signed with
    #[arg(long, value_name = "PUBLIC", requires = "verify")]
    pub key: Option<PathBuf>,
}

/// Runs the verb.
pub async fn run(args: &HistoryArgs, globals: &Globals) -> Outcome {
    let program = globals.open().await?;
    let run = program.find(&args.run).await?.run;
    if args.verify {
        let key = args.key.as_deref().map(key_file::public).transpose()?;
        let against = Against { key, head: args.head.clone() };
        return verify_history::verify(&program, globals, run, &against).await;
    }
    if let Some(at) = args.at {
        return state_at(&program, globals, run, at).await;
    }
    let wanted = match &args.step {
        Some(step) => Some(known_step(&program, run, step).await?),
        None => None,
    };
    let workflow = program.reader.load(run).await?.workflow;
    let mut after = 0;
    loop {
        let events = program.reader.events(run, after, PAGE).await?;
        let Some(last) = events.last() else { return Ok(ExitCode::Succeeded) };
        after = last.seq;
        for event in &events {
            let fits = wanted.as_ref().is_none_or(|step| {
                step_of(&event.kind).is_some_and(|s| s == step || s.group() == step.as_str())
            });
            match (fits, globals.json) {
                (false, _) => {}
                (true, true) => talk::json(&json_lines::event(run, event)),
                (true, false) => {
                    let line = event_text::line(event, &workflow);
                    talk::data(&format!("{:>5}  {line}", event.seq));
                }
            }
        }
    }
}

/// The step, or the steps of a `for_each`, that a word names.
async fn known_step(program: &Program, run: RunId, named: &str) -> Outcome<StepId> {
    let loaded = program.reader.load(run).await?;
    let steps = &loaded.workflow.def().steps;
    if steps.iter().any(|step| step.id.as_str() == named || step.id.group() == named) {
        return Ok(StepId::new(named));
    }
    let known: Vec<&str> = steps.iter().map(|step| step.id.as_str()).collect();
    Err(CommandError::usage(format!("there is no step `{named}` in {run}"))
        .hint(did_you_mean(named, known)))
}

async fn state_at(program: &Program, globals: &Globals, run: RunId, at: Seq) -> Outcome {
    let last = program.head(run).await?.seq;
    if at > last {
        let message = format!("{run} has no event {at}: its last one is {last}");
        return Err(CommandError::usage(message)
            .hint(program.command(&format!("history {run} --at {last}"))));
    }
    let loaded = program.reader.load_at(run, at).await?;
    let (workflow, state) = (&loaded.workflow, &loaded.run);
    if globals.json {
        let steps = steps::json(workflow, state, state.updated_at);
        let (seq, phase) = (state.seq, state.phase());
        talk::json(&json!({ "run": run, "seq": seq, "phase": phase, "steps": steps }));
    } else {
        talk::data(&format!("{run} as of event {}: {}", state.seq, state.phase()));
        let lines = steps::lines(workflow, state, state.updated_at);
        lines.iter().for_each(|line| talk::data(line));
    }
    Ok(ExitCode::Succeeded)
}

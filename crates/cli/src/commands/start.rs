//! `windlass start`.

use super::globals::Globals;
use super::going::{GoingArgs, go, pair};
use crate::command_error::{CommandError, ErrorKind, Outcome};
use crate::compose::outfit::catalog;
use crate::compose::program::Program;
use crate::exit_code::ExitCode;
use crate::follow::answers::Answers;
use crate::follow::stdin_lines;
use crate::render::plan;
use crate::talk;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use windlass_engine::{Driving, Silent};
use windlass_model::observation::Signal;
use windlass_model::{RunId, Workflow, WorkflowDef};
use windlass_spec::{
    CheckedWorkflow, Diagnostic, DiskFiles, EnvRef, check_workflow, render_fancy, render_plain,
    resolve,
};

/// Checks a workflow, shows what is about to happen, starts a run of it and follows it.
///
/// Nothing is started where the file or its environment has an error. The run goes on with
/// `windlass resume` whatever happens to this process: Ctrl-C, a crash, a power cut.
///
/// Examples:
///
///   windlass start workflows/local/hello.yaml
///
///   windlass start workflows/hotfix_qa4_setup.yaml --env rehearsal
///
///   windlass start deploy.yaml --env azure --input build=26.10.0.25 --input n=14
///
///   windlass start deploy.yaml --env rehearsal --yes --json | tail -1
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct StartArgs {
    /// The workflow file
    pub file: PathBuf,

    /// An input of the workflow; may be given several times
    #[arg(long = "input", value_name = "NAME=VALUE", value_parser = pair)]
    pub inputs: Vec<(String, String)>,

    /// A file of inputs: a JSON object
    #[arg(long = "inputs", value_name = "FILE")]
    pub inputs_file: Option<PathBuf>,

    /// Where it runs: `environments/NAME.yaml` beside the file or above it, or a path
    #[arg(long, value_name = "NAME|PATH")]
    pub env: Option<String>,

    /// Creates the run and returns; `resume` drives it
    #[arg(long)]
    pub detach: bool,

    /// Ends this run as superseded and inherits its lock, before anybody who queues for it
    #[arg(long, value_name = "RUN")]
    pub takes_over: Option<String>,

    /// How one goes with the run.
    #[command(flatten)]
    pub going: GoingArgs,
}

/// Runs the verb.
pub async fn run(args: &StartArgs, globals: &Globals) -> Outcome {
    let def = resolved(args)?;
    let workflow = Workflow::new(def).map_err(|e| CommandError::new(ErrorKind::Invalid, e))?;
    if !globals.json {
        talk::say(plan::text(&workflow).trim_end());
    }
    let mut going = args.going.clone();
    confirmed(&mut going, &workflow).await?;
    let program = globals.open().await?;
    let replaced = match &args.takes_over {
        Some(text) => Some(program.find(text).await?.run),
        None => None,
    };
    let run = program.engine.create(workflow.def()).await?;
    if let Some(old) = replaced {
        take_over(&program, &workflow, old, run, &going.acting()).await?;
    }
    if args.detach {
        let next = program.command(&format!("resume {run}"));
        match globals.json {
            true => talk::json(&json!({ "type": "created", "run": run, "next": [next] })),
            false => talk::data(&format!("{run} is created; `{next}` drives it")),
        }
        return Ok(ExitCode::Succeeded);
    }
    go(&program, globals, run, &going, &[]).await
}

/// The workflow with its inputs, or all that is wrong, shown.
fn resolved(args: &StartArgs) -> Outcome<WorkflowDef> {
    let env = args.env.as_deref().map(EnvRef::parse);
    let report = check_workflow(&DiskFiles, &args.file, env.as_ref(), &catalog());
    let Some(checked) = report.workflow else { return Err(invalid(&report.diagnostics)) };
    show(&report.diagnostics);
    let inputs = inputs(args, &checked)?;
    resolve(&checked, &inputs).map_err(|wrong| invalid(&wrong))
}

fn inputs(args: &StartArgs, checked: &CheckedWorkflow) -> Outcome<Map<String, Value>> {
    let mut inputs = match &args.inputs_file {
        Some(path) => read_inputs(path)?,
        None => Map::new(),
    };
    inputs.extend(checked.read_inputs(&args.inputs).map_err(|wrong| invalid(&wrong))?);
    Ok(inputs)
}

fn read_inputs(path: &Path) -> Outcome<Map<String, Value>> {
    let wrong = |why: String| {
        CommandError::usage(format!("failed to read the inputs {}: {why}", path.display()))
            .hint("write one JSON object: { \"build\": \"26.10.0.25\", \"n\": 14 }")
    };
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))
}

fn show(diagnostics: &[Diagnostic]) {
    if diagnostics.is_empty() {
        return;
    }
    let text = match console::colors_enabled_stderr() {
        true => render_fancy(diagnostics),
        false => render_plain(diagnostics),
    };
    talk::say(text.trim_end());
}

fn invalid(diagnostics: &[Diagnostic]) -> CommandError {
    show(diagnostics);
    CommandError::new(ErrorKind::Invalid, anyhow::anyhow!("nothing was started"))
        .hint("mend what is shown above; `windlass check FILE` looks again")
}

/// Asks before anything happens: the start itself, and each point of no return by its name.
async fn confirmed(going: &mut GoingArgs, workflow: &Workflow) -> Outcome<()> {
    let human = talk::can_ask();
    let answers = Answers::given(going.yes, &going.confirm, human, workflow)?;
    for (step, name) in answers.unconfirmed(workflow) {
        if !human {
            let message = format!("failed to start: `{step}` cannot be undone");
            return Err(CommandError::usage(message).hint(format!("add --confirm {step}={name}")));
        }
        talk::ask(&format!("`{step}` cannot be undone. Type `{name}` to let it happen: "));
        let line = stdin_lines::next().await.unwrap_or_default();
        if line.trim() != name {
            return Err(CommandError::failed(format!("nothing was started: that is not `{name}`")));
        }
        going.confirm.push((step.to_string(), name));
    }
    if human && !going.yes {
        let def = workflow.def();
        talk::ask(&format!("Start {} in {}? [yes/No] ", def.name, def.environment.name));
        let line = stdin_lines::next().await.unwrap_or_default();
        if !matches!(line.trim().to_ascii_lowercase().as_str(), "yes" | "y") {
            return Err(CommandError::failed("nothing was started, as you said"));
        }
    }
    Ok(())
}

/// Hands the old run's lock to the new one, past the queue, and ends the old run.
async fn take_over(
    program: &Program,
    workflow: &Workflow,
    old: RunId,
    new: RunId,
    by: &str,
) -> Outcome<()> {
    if let Some(lock) = &workflow.def().lock
        && program.head(old).await?.lock.as_ref() == Some(lock)
        && program.store.lock(lock.clone()).await?.holder == Some(old)
    {
        program.store.hand_lock(lock.clone(), old, new).await?;
    }
    program.engine.signal(old, &Signal::Supersede { by: new }).await?;
    if program.driver(old).await?.is_none() {
        let driving = Driving { by: by.to_owned(), ..Driving::default() };
        program.engine.drive(old, driving, Arc::new(Silent)).await?;
    }
    Ok(())
}

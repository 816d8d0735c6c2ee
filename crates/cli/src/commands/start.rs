//! `windlass start`.

use super::at_start::{at_start, looked};
use super::globals::Globals;
use super::going::{GoingArgs, go};
use super::takes_over::{replaceable, take_over};
use crate::command_error::{CommandError, ErrorKind, Outcome};
use crate::compose::clocks::SystemClock;
use crate::compose::places::Places;
use crate::exit_code::ExitCode;
use crate::file_args::FileArgs;
use crate::follow::answers::Answers;
use crate::follow::given::not_as_given;
use crate::follow::roles::{self, Wish};
use crate::follow::stdin_lines;
use crate::outlook::kept::Kept;
use crate::outlook::seen;
use crate::proof;
use crate::render::plan;
use crate::talk;
use serde_json::json;
use std::path::{Path, PathBuf};
use windlass_model::Workflow;
use windlass_ports::Clock;

/// Checks a workflow, shows what is about to happen, starts a run of it and follows it
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
///   windlass start deploy.yaml --env azure --plan plan.json
///
///   windlass start deploy.yaml --env rehearsal --yes --json | tail -1
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct StartArgs {
    /// The workflow file
    pub file: PathBuf,

    /// Its environment and its inputs.
    #[command(flatten)]
    pub with: FileArgs,

    /// Creates the run and returns; `resume` drives it
    #[arg(long)]
    pub detach: bool,

    /// Ends this run as superseded and inherits its lock, which must be this one's too, before
    /// anybody who queues for it
    #[arg(long, value_name = "RUN")]
    pub takes_over: Option<String>,

    /// A plan that `plan --out` kept: nothing is started where file, inputs or world have moved
    /// since
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,

    /// How one goes with the run.
    #[command(flatten)]
    pub going: GoingArgs,
}

/// Runs the verb.
pub async fn run(args: &StartArgs, globals: &Globals) -> Outcome {
    let (mut def, checked) = args.with.resolve_checked(&args.file).await?;
    let by = args.going.acting();
    roles::check(&def, &by, Wish::Start)?;
    def.started_by = Some(by);
    let workflow = Workflow::new(def).map_err(|e| CommandError::new(ErrorKind::Invalid, e))?;
    if !globals.json {
        let at_start = at_start(&checked, globals).await?;
        // Whoever is asked is shown what would happen here and now.
        let outlook = match talk::can_ask() && !args.going.yes {
            true => Some(looked(&workflow, globals).await?),
            false => None,
        };
        talk::say(plan::text(&workflow, &at_start, outlook.as_ref()).trim_end());
    }
    if let Some(path) = &args.plan {
        let places = Places::find(globals.store.as_deref())?;
        let sight = seen(&workflow, &places).await.map_err(CommandError::failed)?;
        Kept::read(path)?.check(workflow.def(), &sight, SystemClock.now())?;
    }
    let mut going = args.going.clone();
    confirmed(&mut going, &workflow, &args.file).await?;
    let program = globals.open().await?;
    let replaced = match &args.takes_over {
        Some(text) => Some(
            replaceable(&program, text, &going.acting(), workflow.def().lock.as_deref()).await?,
        ),
        None => None,
    };
    let mut def = workflow.def().clone();
    def.takes_over = replaced;
    let workflow = Workflow::new(def).map_err(|e| CommandError::new(ErrorKind::Invalid, e))?;
    program.ready()?;
    if replaced.is_some() {
        // Before the other one ends: it would end for nothing.
        let otherwise = program.engine.given(workflow.def()).await?.otherwise;
        if !otherwise.is_empty() {
            return Err(not_as_given(&program, &workflow, &otherwise).await);
        }
    }
    let run = program.engine.create(workflow.def()).await?;
    if let Some(old) = replaced {
        take_over(&program, &workflow, old, run, &going.acting()).await?;
    }
    if args.detach {
        // Its place in the queue is that of its start, not of whoever drives it later.
        if let Some(lock) = &workflow.def().lock {
            program.store.acquire_lock(lock.clone(), run).await?;
        }
        let next = program.command(&format!("resume {run}"));
        match globals.json {
            true => talk::json(&json!({ "type": "created", "run": run, "next": [next] })),
            false => talk::data(&format!("{run} is created; `{next}` drives it")),
        }
        return Ok(ExitCode::Succeeded);
    }
    go(&program, globals, run, &going, &[]).await
}

/// Asks before anything happens: the start itself, and each point of no return by its name.
async fn confirmed(going: &mut GoingArgs, workflow: &Workflow, file: &Path) -> Outcome<()> {
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
        if let Ok(verdict) = proof::of_a_start(workflow).await
            && !verdict.stories.is_empty()
        {
            proof::lines(&verdict, file).iter().for_each(|line| talk::say(line));
        }
        let def = workflow.def();
        let touched = match def.resources.is_empty() {
            true => String::new(),
            false => format!(", which touches {}", def.resources.join(", ")),
        };
        let name = &def.environment.name;
        if !stdin_lines::agrees(&format!("Start {} in {name}{touched}?", def.name)).await {
            return Err(CommandError::failed("nothing was started, as you said"));
        }
    }
    Ok(())
}

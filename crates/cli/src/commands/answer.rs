//! `windlass answer`.

use super::delivery::{Delivery, DeliveryArgs};
use super::globals::Globals;
use crate::command_error::{CommandError, Outcome};
use crate::compose::program::Program;
use crate::evidence;
use crate::exit_code::ExitCode;
use crate::follow::answers::may_answer;
use crate::follow::questions::{self, Question};
use std::path::PathBuf;
use windlass_model::observation::Signal;
use windlass_model::{Phase, RunId, StepId, Value};

/// Answers a step that waits for a human
///
/// Where no process drives the run, this one goes on with it (`--detach` only posts the answer).
///
/// Examples:
///
///   windlass answer run_0193f0 tested --yes --note "clicked through the order form"
///
///   windlass answer run_0193f0 tested --yes --evidence order_form.png
///
///   windlass answer run_0193f0 'before[backup]' --yes
///
///   windlass answer run_0193f0 tested --no
///
///   windlass answer run_0193f0 ticket --value 4711
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
#[command(group = clap::ArgGroup::new("answer").required(true).args(["yes", "no", "value"]))]
pub struct AnswerArgs {
    /// The run: its id, or any unique beginning of it
    pub run: String,

    /// The step that asks
    pub step: String,

    /// Yes: the step is done
    #[arg(long)]
    pub yes: bool,

    /// No: the step fails; where a truth value is asked for, it is false
    #[arg(long)]
    pub no: bool,

    /// A value, or the name that the step wants to be typed
    #[arg(long)]
    pub value: Option<String>,

    /// Evidence, for the history
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,

    /// A file that proves it: its name, length and SHA-256 go into the history, and the file itself
    /// where it has at most 16 KiB; may be given several times
    #[arg(long, value_name = "FILE")]
    pub evidence: Vec<PathBuf>,

    /// How the answer gets there.
    #[command(flatten)]
    pub delivery: DeliveryArgs,
}

/// Runs the verb.
pub async fn run(args: &AnswerArgs, globals: &Globals) -> Outcome {
    let program = globals.open().await?;
    let head = program.find(&args.run).await?;
    let loaded = program.reader.load(head.run).await?;
    let open = questions::open(&program, &loaded.workflow, &loaded.run).await?;
    let step = StepId::new(&args.step);
    let Some(question) = open.iter().find(|question| question.step == step) else {
        return Err(no_question(&program, head.run, &step, &open));
    };
    let by = args.delivery.acting();
    let environment = &loaded.workflow.def().environment;
    may_answer(environment, question, &by).map_err(|why| {
        CommandError::usage(why).hint("somebody who has the role may answer with `--as NAME`")
    })?;
    let evidence = evidence::all(&args.evidence)?;
    let value = value(args, question).map_err(CommandError::usage)?;
    let signal = Signal::Answer { step, value, by, note: args.note.clone(), evidence };
    let delivery = Delivery { program: &program, globals, args: &args.delivery, wanted: &[] };
    let stands = matches!(loaded.run.phase(), Phase::Paused | Phase::Failed | Phase::Stuck);
    if stands && program.driver(head.run).await?.is_none() {
        // Going on with a run that was stopped, or that failed, is a decision of its own.
        program.engine.signal(head.run, &signal).await?;
        delivery.posted(head.run);
        return Ok(ExitCode::Succeeded);
    }
    delivery.send(&loaded.run, signal).await
}

fn value(args: &AnswerArgs, question: &Question) -> Result<Value, String> {
    let step = &question.step;
    let asks_bool = question.ty.as_deref() == Some("bool");
    if args.no {
        return match &question.ty {
            _ if asks_bool => Ok(Value::Bool(false)),
            None => Ok(Value::Bool(false)),
            Some(ty) => Err(format!("`{step}` wants a value of type {ty}: give --value")),
        };
    }
    match (&question.ty, &question.typed, &args.value) {
        (Some(_), _, Some(text)) => question.read_value(text),
        (Some(_), _, None) if asks_bool && args.yes => Ok(Value::Bool(true)),
        (Some(ty), _, None) => Err(format!("`{step}` wants a value of type {ty}: give --value")),
        (None, Some(name), Some(text)) if text == name => Ok(Value::Bool(true)),
        (None, Some(name), _) => Err(format!("`{step}` wants its name: give --value {name}")),
        (None, None, None) => Ok(Value::Bool(true)),
        (None, None, Some(_)) => Err(format!("`{step}` is a yes or no: give --yes or --no")),
    }
}

fn no_question(program: &Program, run: RunId, step: &StepId, open: &[Question]) -> CommandError {
    let error =
        CommandError::usage(format!("failed to answer: `{step}` does not ask anything now"));
    if open.is_empty() {
        let show = program.command(&format!("show {run}"));
        return error.hint(format!("no step of {run} does; `{show}` says where it stands"));
    }
    open.iter().fold(error, |error, q| error.hint(format!("`{}` asks: {}", q.step, q.prompt)))
}

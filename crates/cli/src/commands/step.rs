//! `windlass step`.

use super::delivery::{Delivery, DeliveryArgs};
use super::globals::Globals;
use super::step_bars::{breaks, could_break, not_past_guard, not_past_return, open_lane};
use crate::command_error::{CommandError, Outcome};
use crate::compose::program::Program;
use crate::follow::answers::{may_decide, touched};
use crate::follow::roles::{self, Wish};
use crate::follow::stdin_lines;
use crate::proof;
use crate::render::consequence::Consequence;
use crate::talk;
use serde_json::{Value, json};
use windlass_model::observation::Signal;
use windlass_model::rollback::point_of_no_return;
use windlass_model::run::LaneId;
use windlass_model::{Confirm, Decision, RunId, Side, StepId, Work, Workflow};
use windlass_prover::Story;

/// Decides about a step that no probe can settle, that failed, or that is about to be tried again
///
/// `done` goes on as if the step had succeeded; it looks first, and is refused where the look says
/// otherwise. `skip` goes on without it; `retry` tries it again. Nobody skips a point of no return
/// on the way back. A question, an assertion, and a step whose proof failed or that another one
/// requires are gone past only with --past-guard, and a question by nobody who may not answer it.
/// Who and why are kept in the history. On the way back the decision is about the step's undo.
/// What follows is said first: what was seen, which steps come then, which of them read or require
/// what it gives, what became of its attempts. A terminal is asked before anything is decided.
///
/// Examples:
///
///   windlass step done run_0193f0 restore_backup --reason "the portal shows the database online"
///
///   windlass step retry run_0193f0 'stop[qa4]' --reason "the firewall is open again"
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct StepArgs {
    /// What became of it, or shall
    #[arg(value_enum)]
    pub decision: Word,

    /// The run: its id, or any unique beginning of it
    pub run: String,

    /// The step
    pub step: String,

    /// Why, for the history
    #[arg(long, value_name = "TEXT")]
    pub reason: String,

    /// Takes `done` although a look at the step contradicts it
    #[arg(long)]
    pub unseen: bool,

    /// Goes past a question that was answered no, an assertion that does not hold, or what another
    /// step requires: the steps behind it are done although it is there to stop them
    #[arg(long)]
    pub past_guard: bool,

    /// Decides without being asked
    #[arg(long)]
    pub yes: bool,

    /// How the decision gets there.
    #[command(flatten)]
    pub delivery: DeliveryArgs,
}

/// A decision as one types it.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum Word {
    /// It is done: go on as if it had succeeded
    Done,
    /// Leave it: go on without it
    Skip,
    /// Try it again
    Retry,
}

impl From<Word> for Decision {
    fn from(word: Word) -> Self {
        match word {
            Word::Done => Self::Done,
            Word::Skip => Self::Skip,
            Word::Retry => Self::Retry,
        }
    }
}

/// Runs the verb.
pub async fn run(args: &StepArgs, globals: &Globals) -> Outcome {
    let program = globals.open().await?;
    let head = program.find(&args.run).await?;
    let loaded = program.reader.load(head.run).await?;
    let (workflow, state) = (&loaded.workflow, &loaded.run);
    let step = StepId::new(&args.step);
    let lane = open_lane(workflow, state, &step)?;
    if args.reason.trim().is_empty() {
        return Err(CommandError::usage("failed to decide: the reason is empty")
            .hint("say in `--reason` what you know: the history keeps it"));
    }
    let decision: Decision = args.decision.into();
    let by = args.delivery.acting();
    roles::check(workflow.def(), &by, Wish::Decide)?;
    may_decide(workflow, workflow.step(lane.0), decision, &by).map_err(|why| {
        CommandError::usage(why).hint("somebody who may decides about it with `--as NAME`")
    })?;
    if decision == Decision::Skip {
        not_past_return(workflow, state, &step)?;
    }
    if decision != Decision::Retry && !args.past_guard {
        not_past_guard(workflow, state, &step, decision)?;
    }
    let story = match decision {
        Decision::Skip => could_break(workflow, state, lane).await,
        Decision::Done | Decision::Retry => None,
    };
    if let Some(story) = story.as_ref().filter(|_| !args.past_guard) {
        return Err(breaks(&step, lane.1, story));
    }
    let (looked, output) = match decision {
        Decision::Done => look(&program, head.run, &step, args.unseen).await?,
        Decision::Skip | Decision::Retry => (None, None),
    };
    let events = program.reader.events(head.run, 0, usize::MAX).await?;
    let mut follows = Consequence::of(workflow, state, lane, decision, &events);
    if output.is_some() {
        follows.takes_what_was_seen();
    }
    tell(&follows, looked.as_deref(), story.as_ref(), globals);
    confirm(args, workflow, lane).await?;
    let reason = args.reason.clone();
    let signal = Signal::Decide { step, decision, by, reason, output };
    let delivery = Delivery { program: &program, globals, args: &args.delivery, wanted: &[] };
    delivery.send(state, signal).await
}

/// Says what follows, before anything does.
fn tell(follows: &Consequence, looked: Option<&str>, story: Option<&Story>, globals: &Globals) {
    if globals.json {
        let mut told = follows.json();
        told["type"] = json!("consequence");
        told["looked"] = json!(looked);
        told["could_break"] = json!(story.map(|story| &story.broken));
        talk::json(&told);
    }
    looked.into_iter().for_each(talk::say);
    follows.lines().iter().for_each(|line| talk::say(line));
    if let Some(story) = story {
        talk::say(&format!("{} could break, which you take upon yourself:", story.broken));
        proof::story(story).iter().for_each(|line| talk::say(&format!("  {line}")));
    }
}

/// Asks on a terminal; elsewhere the command itself is the answer. A point of no return wants the
/// name typed of what it touches, as its start does.
async fn confirm(args: &StepArgs, workflow: &Workflow, (at, side): LaneId) -> Outcome<()> {
    if args.yes || !talk::can_ask() {
        return Ok(());
    }
    let step = workflow.step(at);
    let undo = if side == Side::Undo { "the undo of " } else { "" };
    let strict = workflow.def().environment.confirm == Confirm::Strict;
    let again = matches!(args.decision, Word::Retry) && side == Side::Forward;
    let name = touched(workflow, at);
    let named = again && strict && point_of_no_return(step);
    let verb = match args.decision {
        Word::Done => format!("Call {undo}`{}` done", step.id),
        Word::Skip => format!("Skip {undo}`{}`", step.id),
        Word::Retry => format!("Try {undo}`{}` again", step.id),
    };
    let of = match &step.work {
        Work::Action { uses, .. } if name == step.id.as_str() => format!(" ({uses})"),
        Work::Action { uses, .. } => format!(" ({uses}, {name})"),
        _ => String::new(),
    };
    let yes = match named {
        true => {
            talk::ask(&format!("{verb}{of}? It cannot be undone. Type `{name}` to do so: "));
            stdin_lines::next().await.unwrap_or_default().trim() == name
        }
        false => stdin_lines::agrees(&format!("{verb}{of}?")).await,
    };
    match yes {
        true => Ok(()),
        false => Err(CommandError::failed("nothing was decided, as you said")),
    }
}

/// Looks before a human's word is taken, and gives what is there as a sentence, and what the step
/// gives where it is done. A look that
/// contradicts him stops it, unless he takes it upon himself.
async fn look(
    program: &Program,
    run: RunId,
    step: &StepId,
    unseen: bool,
) -> Outcome<(Option<String>, Option<Value>)> {
    let seen = match program.engine.look(run, step).await {
        Ok(Some(seen)) => seen,
        Ok(None) => return Ok((None, None)),
        Err(error) => {
            return Ok((Some(format!("`{step}` could not be looked at: {error}")), None));
        }
    };
    let undo = if seen.side == Side::Undo { "the undo of " } else { "" };
    let said = format!("looked at {undo}`{step}`: {}", seen.words);
    if seen.contradicts && !unseen {
        let message = format!("failed to call `{step}` done: {said}");
        return Err(CommandError::failed(message).hint(
            "`step retry` does it, `step skip` goes on without it; --unseen takes your word",
        ));
    }
    Ok((Some(said), seen.output))
}

//! What `start`, `resume` and `rollback` have in common: going with a run, and summing it up.

use super::globals::Globals;
use crate::command_error::Outcome;
use crate::compose::program::{Program, acting};
use crate::compose::standing::Standing;
use crate::exit_code::ExitCode;
use crate::file_args::pair;
use crate::follow::answers::Answers;
use crate::follow::journey::{Journey, Manner};
use crate::outlook::past;
use crate::proof;
use crate::render::exits::WaysOut;
use crate::render::live::LiveView;
use crate::render::plain::{JsonView, PlainView};
use crate::render::summary::Summary;
use crate::render::view::View;
use crate::talk;
use std::sync::Arc;
use windlass_engine::core::Drift;
use windlass_engine::reader::Loaded;
use windlass_model::drift::DriftDecision;
use windlass_model::{Phase, RunId};

/// Options of going with a run.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct GoingArgs {
    /// Answers prompts; approvals too where the environment says `confirm: relaxed`
    #[arg(long)]
    pub yes: bool,

    /// Confirms a step that cannot be undone, or that wants a name typed
    #[arg(long, value_name = "STEP=NAME", value_parser = pair)]
    pub confirm: Vec<(String, String)>,

    /// Who acts, for the history. [default: the user that the system names]
    #[arg(long = "as", value_name = "NAME")]
    pub by: Option<String>,

    /// Ends with code 4 as soon as the run only waits for a human or a timer
    #[arg(long)]
    pub exit_when_waiting: bool,

    /// Puts no question before whoever sits here: he has said already what he wants.
    #[arg(skip)]
    pub unasked: bool,
}

impl GoingArgs {
    /// Who acts.
    pub fn acting(&self) -> String {
        acting(self.by.as_deref())
    }
}

/// Goes with a run and says how it stands in the end. Phases in `wanted` are a success of the verb.
pub async fn go(
    program: &Program,
    globals: &Globals,
    run: RunId,
    args: &GoingArgs,
    wanted: &[Phase],
) -> Outcome {
    go_with(program, globals, run, args, (wanted, Vec::new())).await
}

/// The same, with what has drifted and what is to become of it.
pub async fn go_with(
    program: &Program,
    globals: &Globals,
    run: RunId,
    args: &GoingArgs,
    (wanted, drifted): (&[Phase], Vec<(Drift, DriftDecision)>),
) -> Outcome {
    program.ready()?;
    let loaded = program.reader.load(run).await?;
    let human = talk::can_ask() && !args.unasked;
    let answers = Answers::given(args.yes, &args.confirm, human, &loaded.workflow)?;
    let manner =
        Manner { by: args.acting(), answers, leave_when_waiting: args.exit_when_waiting, drifted };
    // One that has ended takes its lock again to be undone; nothing else waits for it here.
    let phase = loaded.run.phase();
    if (phase == Phase::RollingBack || phase.ended())
        && !globals.json
        && let Some(why) = program.standing(&loaded).await?.queued(run)
    {
        talk::say(&why);
    }
    let journey = Journey::new(program, run, manner, view(globals)).await?;
    let ended = journey.travel().await;
    let code = match &ended {
        Ok(code) => *code,
        Err(error) => error.exit_code(),
    };
    let told = tell(program, globals, run, |phase| match wanted.contains(&phase) {
        true => ExitCode::Succeeded,
        false => code,
    });
    match (ended, told.await) {
        (Ok(_), told) => told,
        // The summary is an addition: the error counts.
        (Err(error), _) => Err(error),
    }
}

/// Says how a run stands; `code` may differ from the phase's own.
pub async fn tell(
    program: &Program,
    globals: &Globals,
    run: RunId,
    code: impl FnOnce(Phase) -> ExitCode,
) -> Outcome {
    let loaded = program.reader.load(run).await?;
    let standing = standing(program, &loaded).await?;
    let command = |words: &str| program.command(words);
    let exits = ways_out(program, &loaded, &standing).await;
    let mut summary =
        Summary::of(&loaded.workflow, &loaded.run, &standing, command).with_exits(exits);
    summary.exit_code = code(summary.phase);
    if globals.json {
        talk::json(&summary.json());
    } else {
        summary.lines().iter().for_each(|line| talk::prose(line));
    }
    Ok(summary.exit_code)
}

/// How a run stands beside others, with what nobody skips lightly.
pub async fn standing(program: &Program, loaded: &Loaded) -> Outcome<Standing> {
    let not_skippable = proof::not_skippable(&loaded.workflow, &loaded.run).await;
    Ok(Standing { not_skippable, ..program.standing(loaded).await? })
}

/// The ways out of a run that has begun and stands still, each with how long it took before.
pub async fn ways_out(program: &Program, loaded: &Loaded, standing: &Standing) -> Option<WaysOut> {
    let Loaded { head, workflow, run, .. } = loaded;
    if !run.begun() || standing.driver.is_some() {
        return None;
    }
    let exits = match proof::exits(workflow.def(), run).await {
        Ok(exits) => exits,
        Err(why) => {
            talk::say(&format!("the ways out of it are not known: {why}"));
            return None;
        }
    };
    // A store that does not tell of earlier runs says so elsewhere; the ways out count.
    let past = past(&program.store, &head.workflow, &head.environment).await.unwrap_or_default();
    Some(WaysOut::of(workflow, exits, &past.took()))
}

fn view(globals: &Globals) -> Arc<dyn View> {
    if globals.json {
        return Arc::new(JsonView);
    }
    match !globals.plain && talk::can_draw() {
        true => Arc::new(LiveView::new()),
        false => Arc::new(PlainView::default()),
    }
}

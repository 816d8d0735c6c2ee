//! `windlass show`.

use super::globals::Globals;
use super::going::{standing, ways_out};
use super::watching::{self, driven};
use crate::command_error::Outcome;
use crate::compose::clocks::{ScaledClock, SystemClock};
use crate::compose::program::Program;
use crate::compose::standing::Standing;
use crate::exit_code::ExitCode;
use crate::follow::drift;
use crate::follow::watch::rests;
use crate::render::duration::date_time;
use crate::render::exits::WaysOut;
use crate::render::steps;
use crate::render::summary::Summary;
use crate::talk;
use serde_json::{Value, json};
use windlass_engine::core::Drift;
use windlass_engine::reader::Loaded;
use windlass_model::{Millis, RunId, Timestamp};
use windlass_ports::Clock;

/// How long one waits for the next event before one gives the times anew.
const WATCH_MS: Millis = 2_000;

/// Shows a run: its steps, what it means in the world, and what to type next
///
/// With --watch, until the run rests: a screen with its graph, bars of what is at work, what
/// happened last and when it may end by earlier runs; with --plain, or where the output is no
/// terminal, a line an event; with --json, the run after every event.
///
/// Examples:
///
///   windlass show run_0193f0
///
///   windlass show run_0193f0 --watch
///
///   windlass show run_0193f0 --drift
///
///   windlass show run_0193f0 --json
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct ShowArgs {
    /// The run: its id, or any unique beginning of it
    pub run: String,

    /// Watches it until it rests
    #[arg(long)]
    pub watch: bool,

    /// Looks first whether everything is still as the run's finished steps left it
    #[arg(long, conflicts_with = "watch")]
    pub drift: bool,
}

/// Runs the verb.
pub async fn run(args: &ShowArgs, globals: &Globals) -> Outcome {
    let program = globals.open().await?;
    let run = program.find(&args.run).await?.run;
    let drifted = match args.drift {
        true => Some(program.engine.drifted(run).await?),
        false => None,
    };
    if args.watch && watching::on_screen(globals) {
        if !watching::draw(&program, run).await? {
            return Ok(ExitCode::Succeeded);
        }
        shown(&program, run, globals, None).await?;
        return Ok(ExitCode::Succeeded);
    }
    loop {
        let loaded = shown(&program, run, globals, drifted.as_deref()).await?;
        if !args.watch || rests(loaded.run.phase()) {
            return Ok(ExitCode::Succeeded);
        }
        match globals.json {
            true => drop(program.store.wait_events(run, loaded.run.seq, WATCH_MS).await?),
            false => {
                talk::data("");
                watching::tell(&program, run, loaded.run.seq).await?;
                talk::data("");
            }
        }
    }
}

/// Shows the run as it is now, and gives it.
async fn shown(
    program: &Program,
    run: RunId,
    globals: &Globals,
    drifted: Option<&[Drift]>,
) -> Outcome<Loaded> {
    let loaded = program.reader.load(run).await?;
    let standing = standing(program, &loaded).await?;
    let exits = ways_out(program, &loaded, &standing).await;
    let summary = summary(program, &loaded, &standing).with_exits(exits);
    if globals.json {
        let mut shown = as_json(&summary, &loaded, &standing);
        if let Some(found) = drifted {
            shown["found_drifted"] = drift::as_json(found);
        }
        talk::json(&shown);
    } else {
        let mut lines = as_lines(&summary, &loaded, &standing);
        lines.extend(drifted.into_iter().flat_map(drift::lines));
        talk::prose(&lines.join("\n"));
    }
    Ok(loaded)
}

/// The run's own time now.
fn now(run: RunId, loaded: &Loaded) -> Timestamp {
    let environment = &loaded.workflow.def().environment;
    let clock = ScaledClock::of(run, environment, Some(loaded.head.started_at));
    let now = clock.map_or_else(|| SystemClock.now(), |clock| clock.now());
    now.max(loaded.run.updated_at)
}

fn summary(program: &Program, loaded: &Loaded, standing: &Standing) -> Summary {
    Summary::of(&loaded.workflow, &loaded.run, standing, |words| program.command(words))
}

fn as_json(summary: &Summary, loaded: &Loaded, standing: &Standing) -> Value {
    let Loaded { head, workflow, run, .. } = loaded;
    json!({
        "run": head.run,
        "workflow": head.workflow,
        "environment": head.environment,
        "lock": head.lock,
        "phase": run.phase(),
        "started_at": head.started_at,
        "updated_at": head.updated_at,
        "seq": run.seq,
        "driven": standing.driver.is_some(),
        "inputs": workflow.def().inputs,
        "steps": steps::json(workflow, run, now(head.run, loaded)),
        "world": summary.means(),
        "exits": summary.exits.as_ref().map(WaysOut::json),
        "why": summary.why,
        "next": summary.next,
    })
}

fn as_lines(summary: &Summary, loaded: &Loaded, standing: &Standing) -> Vec<String> {
    let Loaded { head, workflow, run, .. } = loaded;
    let last = match run.seq {
        0 => "nothing has happened yet".to_owned(),
        seq => format!("last event {seq} at {}", date_time(run.updated_at)),
    };
    let started = date_time(head.started_at);
    let mut lines =
        vec![format!("{} in {}, started {started}, {last}", head.workflow, head.environment)];
    if !rests(run.phase()) {
        lines.push(driven(standing));
    }
    lines.extend(steps::lines(workflow, run, now(head.run, loaded)));
    lines.extend(summary.lines());
    lines
}

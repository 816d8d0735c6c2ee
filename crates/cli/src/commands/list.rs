//! `windlass list`.

use super::globals::Globals;
use crate::command_error::Outcome;
use crate::compose::program::Program;
use crate::compose::shared_lock::shared_lock;
use crate::exit_code::ExitCode;
use crate::render::duration::date_time;
use crate::render::{json_lines, steps};
use crate::talk;
use crate::visible::visible;
use comfy_table::Table;
use std::collections::BTreeMap;
use windlass_model::{Phase, RunId};
use windlass_ports::store::{RunFilter, RunHead};

/// Runs asked from the store at once.
const PAGE: usize = 200;

/// Runs listed where nobody says how many: a screen.
const LIMIT_DEFAULT: usize = 50;

/// Waiting runs that are read to say what they wait for: each costs a look into its history.
const LOOKED_AT_MAX: usize = 50;

/// Lists runs, newest first
///
/// Examples:
///
///   windlass list
///
///   windlass list --phase failed --phase stuck
///
///   windlass list --ownerless
///
///   windlass list --all --json
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct ListArgs {
    /// Only runs in this phase; may be given several times
    #[arg(long = "phase", value_name = "PHASE", value_parser = phase)]
    pub phases: Vec<Phase>,

    /// At most so many
    #[arg(long, value_name = "NUMBER", conflicts_with = "all")]
    pub limit: Option<usize>,

    /// All of them
    #[arg(long)]
    pub all: bool,

    /// Only runs that somebody should drive and nobody does, each with what goes on with it
    #[arg(long, conflicts_with = "phases")]
    pub ownerless: bool,
}

/// Phases in which somebody drives a run; in others it rests.
const DRIVEN: [Phase; 4] = [Phase::Queued, Phase::Running, Phase::Waiting, Phase::RollingBack];

/// Runs the verb.
pub async fn run(args: &ListArgs, globals: &Globals) -> Outcome {
    let program = globals.open().await?;
    // Scripts want all of it, a human a screen.
    let usual = if args.all || globals.json { usize::MAX } else { LIMIT_DEFAULT };
    let limit = args.limit.unwrap_or(usual);
    let mut heads: Vec<RunHead> = Vec::new();
    let mut before: Option<RunId> = None;
    let phases = if args.ownerless { DRIVEN.to_vec() } else { args.phases.clone() };
    while heads.len() < limit {
        let limit = PAGE.min(limit - heads.len());
        let filter = RunFilter { phases: phases.clone(), before, limit, id_prefix: None };
        let page = program.store.runs(filter).await?;
        let Some(last) = page.last() else { break };
        before = Some(last.run);
        for head in page {
            if !args.ownerless || program.driver(head.run).await?.is_none() {
                heads.push(head);
            }
        }
    }
    let mut waits: BTreeMap<RunId, Vec<String>> = BTreeMap::new();
    for head in heads.iter().filter(|head| head.phase == Phase::Waiting).take(LOOKED_AT_MAX) {
        let loaded = program.reader.load(head.run).await?;
        waits.insert(head.run, steps::waits_for(&loaded.workflow, &loaded.run));
    }
    let shared = shared_locks(&program, &heads).await?;
    if globals.json {
        for head in &heads {
            let waits = waits.get(&head.run).map(Vec::as_slice).unwrap_or_default();
            let shared = shared.get(&head.run).map(String::as_str);
            talk::json(&json_lines::head(head, waits, shared));
        }
    } else if heads.is_empty() && args.ownerless {
        talk::say("every run that should be driven is");
    } else if heads.is_empty() {
        talk::say("there is no such run; `windlass start FILE` starts one");
    } else {
        talk::data(&visible(&table(&heads, &waits, &shared)));
    }
    if args.ownerless && !globals.json {
        for head in &heads {
            talk::say(&program.command(&format!("resume {}", head.run)));
        }
    }
    Ok(ExitCode::Succeeded)
}

/// The locks that other machines see too, by the runs of this store that hold them: as far as is
/// known here, since somebody may have taken one away meanwhile (`windlass lock show` asks).
async fn shared_locks(program: &Program, heads: &[RunHead]) -> Outcome<BTreeMap<RunId, String>> {
    let mut held = BTreeMap::new();
    for head in heads.iter().filter(|head| !head.phase.ended()) {
        let Some(name) = &head.lock else { continue };
        if program.store.lock(name.clone()).await?.holder != Some(head.run) {
            continue;
        }
        let workflow = program.reader.workflow(head).await?;
        let label = shared_lock(&workflow.def().environment.providers);
        held.extend(label.map(|label| (head.run, label)));
    }
    Ok(held)
}

fn phase(text: &str) -> Result<Phase, String> {
    serde_json::from_value(text.replace('-', "_").into()).map_err(|_| {
        "expected queued, running, waiting, paused, failed, rolling_back, stuck, succeeded, \
         rolled_back, cancelled or superseded"
            .to_owned()
    })
}

fn table(
    heads: &[RunHead],
    waits: &BTreeMap<RunId, Vec<String>>,
    shared: &BTreeMap<RunId, String>,
) -> String {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    let mut header = vec!["RUN", "WORKFLOW", "ENVIRONMENT", "PHASE", "STARTED", "LAST EVENT"];
    header.extend((!shared.is_empty()).then_some("SHARED LOCK"));
    header.extend((!waits.is_empty()).then_some("WAITS FOR"));
    table.set_header(header);
    for head in heads {
        let mut row = vec![
            head.run.to_string(),
            head.workflow.clone(),
            head.environment.clone(),
            head.phase.to_string(),
            date_time(head.started_at),
            date_time(head.updated_at),
        ];
        if !shared.is_empty() {
            row.push(shared.get(&head.run).cloned().unwrap_or_default());
        }
        row.extend(waits.get(&head.run).map(|waits| waits.join(", ")));
        table.add_row(row);
    }
    table.to_string()
}

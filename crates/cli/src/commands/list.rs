//! `windlass list`.

use super::globals::Globals;
use crate::command_error::Outcome;
use crate::exit_code::ExitCode;
use crate::render::duration::date_time;
use crate::render::json_lines;
use crate::talk;
use comfy_table::Table;
use windlass_model::{Phase, RunId};
use windlass_ports::store::{RunFilter, RunHead};

/// Runs asked from the store at once.
const PAGE: usize = 200;

/// Runs listed where nobody says how many: a screen.
const LIMIT_DEFAULT: usize = 50;

/// Lists runs, newest first
///
/// Examples:
///
///   windlass list
///
///   windlass list --phase failed --phase stuck
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
}

/// Runs the verb.
pub async fn run(args: &ListArgs, globals: &Globals) -> Outcome {
    let program = globals.open().await?;
    // Scripts want all of it, a human a screen.
    let usual = if args.all || globals.json { usize::MAX } else { LIMIT_DEFAULT };
    let limit = args.limit.unwrap_or(usual);
    let mut heads: Vec<RunHead> = Vec::new();
    let mut before: Option<RunId> = None;
    while heads.len() < limit {
        let limit = PAGE.min(limit - heads.len());
        let filter = RunFilter { phases: args.phases.clone(), before, limit, id_prefix: None };
        let page = program.store.runs(filter).await?;
        let Some(last) = page.last() else { break };
        before = Some(last.run);
        heads.extend(page);
    }
    if globals.json {
        heads.iter().for_each(|head| talk::json(&json_lines::head(head)));
    } else if heads.is_empty() {
        talk::say("there is no such run; `windlass start FILE` starts one");
    } else {
        talk::data(&table(&heads));
    }
    Ok(ExitCode::Succeeded)
}

fn phase(text: &str) -> Result<Phase, String> {
    serde_json::from_value(text.replace('-', "_").into()).map_err(|_| {
        "expected queued, running, waiting, paused, failed, rolling_back, stuck, succeeded, \
         rolled_back, cancelled or superseded"
            .to_owned()
    })
}

fn table(heads: &[RunHead]) -> String {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(["RUN", "WORKFLOW", "ENVIRONMENT", "PHASE", "STARTED", "LAST EVENT"]);
    for head in heads {
        table.add_row([
            head.run.to_string(),
            head.workflow.clone(),
            head.environment.clone(),
            head.phase.to_string(),
            date_time(head.started_at),
            date_time(head.updated_at),
        ]);
    }
    table.to_string()
}

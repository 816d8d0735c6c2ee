//! `windlass report`: evidence of a run for a ticket, an auditor, a wall.

use super::globals::Globals;
use crate::command_error::{CommandError, Outcome};
use crate::exit_code::ExitCode;
use crate::report::facts::Report;
use crate::report::gather::gather;
use crate::report::scale::Scale;
use crate::report::{html, markdown};
use crate::talk;
use clap::ValueEnum;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// In which form the report is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One page for a browser or a printer, complete in itself
    #[default]
    Html,
    /// For a ticket or a wiki
    Md,
    /// For programs
    Json,
}

/// Writes what a run did, who said what, and what it means in the world
///
/// One file, complete in itself: what, who and when; the graph and the times; approvals with their
/// evidence; values that were changed (sealed ones as keyed hashes); the way back, if any; the head
/// of the chain, which is checked first. A run whose history is not sound has no report.
///
/// Examples:
///
///   windlass report run_0193f0 --output run.html
///
///   windlass report run_0193f0 --format md
///
///   windlass report run_0193f0 --format json | jq .changes
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct ReportArgs {
    /// The run: its id, or a unique beginning of it
    run: String,
    /// The form; with `--json` always JSON
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// The file to write; standard output where absent
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Runs the verb.
pub async fn run(args: &ReportArgs, globals: &Globals) -> Outcome {
    let program = globals.open().await?;
    let run = program.find(&args.run).await?.run;
    let (report, picture) = gather(&program, run).await?;
    let text = match args.format {
        _ if globals.json => as_json(&report)?,
        Format::Json => as_json(&report)?,
        Format::Md => markdown::markdown(&report, &picture),
        Format::Html => html::page(&report, &picture, &scale(&report)),
    };
    let Some(path) = &args.output else {
        talk::raw(&text);
        return Ok(ExitCode::Succeeded);
    };
    write(path, &text).map_err(|error| {
        CommandError::failed(format!("failed to write {}: {error}", path.display()))
            .hint("name another file with `--output`")
    })?;
    talk::say(&format!("{run}: report in {}", path.display()));
    talk::say(&format!("head {}", report.chain.head));
    Ok(ExitCode::Succeeded)
}

fn as_json(report: &Report) -> Outcome<String> {
    let text = serde_json::to_string_pretty(report).map_err(CommandError::failed)?;
    Ok(text + "\n")
}

fn scale(report: &Report) -> Scale {
    let spans: Vec<_> = report.steps.iter().flat_map(|row| &row.spans).collect();
    Scale::new(&spans, &report.still, report.started_at, report.last_event_at)
}

/// A report names servers and people: for its owner alone, as an export is.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}

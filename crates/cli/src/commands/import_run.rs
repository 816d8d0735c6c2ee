//! `windlass import-run`: a run from an exported file into this store.

use super::globals::Globals;
use crate::command_error::{CommandError, ErrorKind, Outcome};
use crate::compose::clocks::SystemClock;
use crate::exit_code::ExitCode;
use crate::talk;
use serde_json::json;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use windlass_ports::Clock;
use windlass_ports::portable::{ImportError, Imported};
use windlass_ports::store::AppendError;

/// Reads a run that `windlass export` wrote into this store
///
/// Nothing is written where a line of the file is not what was exported. Importing a run again that
/// is there already changes nothing.
///
/// Examples:
///
///   windlass import-run run_0193f0.jsonl
///
///   zcat run_0193f0.jsonl.gz | windlass --store ./other import-run -
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct ImportRunArgs {
    /// The file; `-` is standard input
    file: PathBuf,
}

/// Imports the run.
pub async fn run(args: &ImportRunArgs, globals: &Globals) -> Outcome {
    // Read to its end and checked before the store is even opened.
    let imported =
        Imported::read(source(&args.file)?).map_err(|error| refused(error, &args.file))?;
    let program = globals.open().await?;
    let run = imported.run();
    let written = imported.write(&*program.store, SystemClock.now()).await;
    written.map_err(|error| refused(error, &args.file))?;
    // The file's own sums hold by now; the chain over the events is another witness.
    let events = program.reader.verify(run).await?;
    match globals.json {
        true => talk::json(&json!({ "run": run, "events": events })),
        false => {
            talk::say(&format!("{run}: {events} events, and their chain holds"));
            talk::say(&format!("next: {}", program.command(&format!("show {run}"))));
        }
    }
    Ok(ExitCode::Succeeded)
}

fn source(file: &Path) -> Outcome<Box<dyn BufRead>> {
    if file == Path::new("-") {
        return Ok(Box::new(BufReader::new(io::stdin())));
    }
    match File::open(file) {
        Ok(file) => Ok(Box::new(BufReader::new(file))),
        Err(error) => {
            Err(CommandError::usage(format!("failed to open {}: {error}", file.display()))
                .hint("name a file that `windlass export RUN --output FILE` wrote"))
        }
    }
}

fn refused(error: ImportError, file: &Path) -> CommandError {
    let kind = match error {
        ImportError::Store(error) | ImportError::Append(AppendError::Store(error)) => {
            return error.into();
        }
        ImportError::Read(_) | ImportError::Empty | ImportError::Damaged { .. } => {
            ErrorKind::Invalid
        }
        ImportError::Differs(_) | ImportError::Busy { .. } | ImportError::Append(_) => {
            ErrorKind::Failed
        }
    };
    let error = anyhow::Error::new(error).context(format!("{} was not imported", file.display()));
    CommandError::new(kind, error)
}

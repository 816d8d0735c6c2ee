//! `windlass export`: a run as a file that any windlass reads: the backup, and the way out of any
//! store.

use super::globals::Globals;
use crate::command_error::{CommandError, ErrorKind, Outcome};
use crate::compose::program::Program;
use crate::exit_code::ExitCode;
use crate::talk;
use serde_json::json;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use windlass_model::{RunId, Seq};
use windlass_ports::portable::{ExportError, export};

/// Writes a run with its whole history as lines of JSON
///
/// Captured values stay sealed: whoever imports the file needs the key to roll the run back.
///
/// Examples:
///
///   windlass export run_0193f0 --output run_0193f0.jsonl
///
///   windlass export run_0193f0 | gzip > run_0193f0.jsonl.gz
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct ExportArgs {
    /// The run: its id, or a unique beginning of it
    run: String,
    /// The file to write; standard output where absent
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Exports the run.
pub async fn run(args: &ExportArgs, globals: &Globals) -> Outcome {
    let program = globals.open().await?;
    let run = program.find(&args.run).await?.run;
    let Some(path) = &args.output else {
        let written = export(&*program.store, run, &mut |line| talk::bytes(line)).await;
        let events = written.map_err(failed)?;
        talk::say(&format!("{run}: {events} events"));
        return Ok(ExitCode::Succeeded);
    };
    let events = to_file(&program, run, path).await?;
    match globals.json {
        true => talk::json(&json!({ "run": run, "events": events, "file": path })),
        false => talk::say(&format!("{run}: {events} events in {}", path.display())),
    }
    Ok(ExitCode::Succeeded)
}

/// Writes beside the file and moves it there when it is whole, so that no half export bears its
/// name.
async fn to_file(program: &Program, run: RunId, path: &Path) -> Outcome<Seq> {
    let unwritable = |error: io::Error| {
        CommandError::failed(format!("failed to write {}: {error}", path.display()))
            .hint("name another file with `--output`")
    };
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.part", std::process::id()));
    let beside = PathBuf::from(beside);
    // A history names servers and people: for its owner alone.
    let mut options = OpenOptions::new();
    let options = options.write(true).create_new(true).mode(0o600);
    let mut file = options.open(&beside).map_err(unwritable)?;
    let written = export(&*program.store, run, &mut |line| file.write_all(line)).await;
    let moved = written.map_err(failed).and_then(|events| {
        let done = file.sync_all().and_then(|()| fs::rename(&beside, path));
        done.and_then(|()| sync_folder(path)).map_err(unwritable)?;
        Ok(events)
    });
    if moved.is_err() {
        // What is wrong is told already.
        drop(fs::remove_file(&beside));
    }
    moved
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn failed(error: ExportError) -> CommandError {
    match error {
        ExportError::Store(error) => error.into(),
        ExportError::Write(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            CommandError::failed(
                "the export is not whole: whoever read it went away before its end",
            )
        }
        error @ ExportError::Write(_) => CommandError::new(ErrorKind::Failed, error),
    }
}

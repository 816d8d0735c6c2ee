//! `windlass export`: a run as a file that any windlass reads: the backup, and the way out of any
//! store.

use super::globals::Globals;
use crate::command_error::{CommandError, ErrorKind, Outcome};
use crate::compose::clocks::SystemClock;
use crate::compose::program::Program;
use crate::exit_code::ExitCode;
use crate::signing::pem_key::SigningKey;
use crate::signing::statement::{last_hash, sign};
use crate::signing::{kept, key_file};
use crate::talk;
use serde_json::json;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use windlass_model::RunId;
use windlass_ports::Clock;
use windlass_ports::digest::hex;
use windlass_ports::portable::{ExportError, Exported, Line, Signature, export};

/// Writes a run with its whole history as lines of JSON
///
/// Captured values stay sealed: whoever imports the file needs the key to roll the run back.
///
/// With `--sign` a signature over every byte of it stands in the last line: `windlass verify` and
/// common tools (docs/evidence.md) find whatever was changed, cut off or computed anew. The store
/// remembers what was signed last, and `history --verify` holds the run against it.
///
/// Examples:
///
///   windlass export run_0193f0 --output run_0193f0.jsonl
///
///   windlass export run_0193f0 --output run_0193f0.jsonl --sign release.pem
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
    /// Signs it, with the private key in this file or with the one that `windlass key new` made
    #[arg(long, value_name = "KEY", num_args = 0..=1)]
    sign: Option<Option<PathBuf>>,
}

/// Exports the run.
pub async fn run(args: &ExportArgs, globals: &Globals) -> Outcome {
    let program = globals.open().await?;
    let run = program.find(&args.run).await?.run;
    let key = match &args.sign {
        Some(named) => Some(signing_key(&program, run, named.as_deref()).await?),
        None => None,
    };
    let (exported, signature) = match &args.output {
        Some(path) => to_file(&program, run, path, key.as_ref()).await?,
        None => write(&program, run, key.as_ref(), &mut |line| talk::bytes(line)).await?,
    };
    if let Some(signature) = &signature
        && let Err(error) = kept::keep(&program.places.store, run, signature)
    {
        talk::say(&format!("warning: the store does not remember what was signed: {error}"));
    }
    tell(args, globals, &exported, signature.is_some());
    Ok(ExitCode::Succeeded)
}

fn tell(args: &ExportArgs, globals: &Globals, exported: &Exported, signed: bool) {
    let (run, events) = (exported.head.run, exported.head.seq);
    let head = hex(&last_hash(exported));
    match &args.output {
        Some(file) if globals.json => talk::json(&json!({
            "run": run, "events": events, "file": file, "head": head, "signed": signed,
        })),
        Some(path) => talk::say(&format!("{run}: {events} events in {}", path.display())),
        None => talk::say(&format!("{run}: {events} events")),
    }
    if !globals.json || args.output.is_none() {
        let how = if signed { "signed" } else { "not signed" };
        talk::say(&format!("head {head}, {how}"));
    }
}

/// The key; a history that is not sound is not signed.
async fn signing_key(program: &Program, run: RunId, named: Option<&Path>) -> Outcome<SigningKey> {
    let usual = || key_file::file(&program.places.config);
    let key = key_file::signing(&named.map_or_else(usual, Path::to_path_buf))?;
    program.reader.verify(run).await?;
    Ok(key)
}

/// Writes the lines, the signature last.
async fn write(
    program: &Program,
    run: RunId,
    key: Option<&SigningKey>,
    put: &mut (dyn FnMut(&[u8]) -> io::Result<()> + Send),
) -> Outcome<(Exported, Option<Signature>)> {
    let exported = export(&*program.store, run, put).await.map_err(failed)?;
    let Some(key) = key else { return Ok((exported, None)) };
    let signature = sign(key, &exported, SystemClock.now());
    let line = Line::Signature(signature.clone()).text();
    line.and_then(|line| put(&line)).map_err(|error| failed(ExportError::Write(error)))?;
    Ok((exported, Some(signature)))
}

/// Writes beside the file and moves it there when it is whole, so that no half export bears its
/// name.
async fn to_file(
    program: &Program,
    run: RunId,
    path: &Path,
    key: Option<&SigningKey>,
) -> Outcome<(Exported, Option<Signature>)> {
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
    let written = write(program, run, key, &mut |line| file.write_all(line)).await;
    let moved = written.and_then(|exported| {
        let done = file.sync_all().and_then(|()| fs::rename(&beside, path));
        done.and_then(|()| sync_folder(path)).map_err(unwritable)?;
        Ok(exported)
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

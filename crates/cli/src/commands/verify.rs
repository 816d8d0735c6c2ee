//! `windlass verify`: judges an exported file on a machine without the store.

use super::globals::Globals;
use crate::command_error::{CommandError, Outcome};
use crate::exit_code::ExitCode;
use crate::signing::judge::{Against, judge};
use crate::signing::key_file;
use crate::talk;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

/// Checks an exported run: its chain, its bytes and its signature, without any store
///
/// It ends with 0 where everything that was asked for holds, and with 1 where anything does not; it
/// names the first event that is not what was written. Without `--key` it says by which key the
/// file is signed, if any, and not whose that is. docs/evidence.md does the same with sha256sum,
/// openssl and jq.
///
/// Examples:
///
///   windlass verify run.jsonl --key release.pem.pub
///
///   windlass verify run.jsonl --head 9f2c…64 hex digits
///
///   zcat run.jsonl.gz | windlass verify - --json
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct VerifyArgs {
    /// What `windlass export` wrote; `-` is standard input
    file: PathBuf,
    /// The public key of whoever must have signed it; a file without his signature is refused
    #[arg(long, value_name = "PUBLIC")]
    key: Option<PathBuf>,
    /// A hash that one of its events must bear: the head of the chain as you know it
    #[arg(long, value_name = "HASH", value_parser = hash)]
    head: Option<String>,
}

/// Runs the verb.
pub fn run(args: &VerifyArgs, globals: &Globals) -> Outcome {
    let key = args.key.as_deref().map(key_file::public).transpose()?;
    let against = Against { key, head: args.head.clone() };
    let verdict = judge(source(&args.file)?, &against).map_err(|error| {
        CommandError::failed(format!("failed to read {}: {error}", args.file.display()))
    })?;
    match globals.json {
        true => talk::json(&verdict.json()),
        false => talk::prose(&verdict.lines().join("\n")),
    }
    if verdict.sound() {
        return Ok(ExitCode::Succeeded);
    }
    let message =
        format!("{} is not what was exported, or not what you asked for", args.file.display());
    Err(CommandError::failed(message)
        .hint("get the file again from whoever exported it, or compare it with another copy"))
}

fn source(file: &Path) -> Outcome<Box<dyn BufRead>> {
    if file == Path::new("-") {
        return Ok(Box::new(BufReader::new(io::stdin())));
    }
    let opened = File::open(file).map_err(|error| {
        CommandError::usage(format!("failed to open {}: {error}", file.display()))
            .hint("name a file that `windlass export RUN --output FILE` wrote")
    })?;
    Ok(Box::new(BufReader::new(opened)))
}

/// Hex digits of a SHA-256.
const HASH_DIGITS: usize = 64;

/// A hash as it is written down.
pub fn hash(text: &str) -> Result<String, String> {
    let fits = text.len() == HASH_DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    fits.then(|| text.to_ascii_lowercase()).ok_or_else(|| {
        format!("expected {HASH_DIGITS} hex digits, as `windlass history RUN --verify` prints them")
    })
}

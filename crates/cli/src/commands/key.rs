//! `windlass key`: keys that sign evidence.

use super::globals::Globals;
use crate::command_error::{CommandError, Outcome};
use crate::compose::places::Places;
use crate::exit_code::ExitCode;
use crate::signing::key_file;
use crate::talk;
use serde_json::json;
use std::path::PathBuf;

/// Makes keys that sign exported runs
///
/// Examples:
///
///   windlass key new
///
///   windlass key new --output release.pem
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct KeyArgs {
    #[command(subcommand)]
    verb: KeyVerb,
}

#[derive(Debug, clap::Subcommand)]
enum KeyVerb {
    New(NewArgs),
}

/// Makes a pair of Ed25519 keys: a private one that signs, a public one for those who check
///
/// The private key (PKCS#8 in PEM, readable by its owner alone) stays with whoever signs. Give the
/// public one, `FILE.pub`, to those who check, by another way than the exports: who gets both from
/// the same hand believes that hand. Nothing that is there already is overwritten.
///
/// Examples:
///
///   windlass key new
///
///   windlass key new --output release.pem
///
///   windlass key new --json
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
struct NewArgs {
    /// The file of the private key; `evidence.pem` in windlass's folder of settings where absent
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Runs the verb.
pub fn run(args: &KeyArgs, globals: &Globals) -> Outcome {
    let KeyVerb::New(new) = &args.verb;
    let private = match &new.output {
        Some(path) => path.clone(),
        None => key_file::file(&Places::find(globals.store.as_deref())?.config),
    };
    let made = key_file::make(&private).map_err(|error| {
        let message = format!("failed to make the key {}: {error}", private.display());
        CommandError::failed(message).hint("name a file that is not there yet with `--output`")
    })?;
    let fingerprint = made.key.fingerprint();
    if globals.json {
        talk::json(&json!({
            "private": private, "public": made.public, "key_sha256": fingerprint,
        }));
        return Ok(ExitCode::Succeeded);
    }
    talk::data(&format!("private key: {} (keep it; it signs)", private.display()));
    talk::data(&format!("public key:  {} (give it to those who check)", made.public.display()));
    talk::data(&format!("SHA-256 of the public key: {fingerprint}"));
    let sign = match &new.output {
        Some(path) => format!("--sign {}", path.display()),
        None => "--sign".to_owned(),
    };
    talk::say(&format!("next: windlass export RUN --output run.jsonl {sign}"));
    Ok(ExitCode::Succeeded)
}

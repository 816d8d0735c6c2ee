//! `windlass init`: a first workflow file with an environment.

use super::globals::Globals;
use crate::command_error::Outcome;
use crate::compose::program::acting;
use crate::exit_code::ExitCode;
use crate::init::answers::Given;
use crate::init::files;
use crate::shell_word::shell_word;
use crate::talk;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Writes a first workflow and its environment, after five questions
///
/// Nothing is overwritten. The environment is a rehearsal on the built-in simulator, so that the
/// two commands which it names at its end work at once and touch nothing real.
///
/// Examples:
///
///   windlass init
///
///   windlass init releases --yes --name release --with azure --zone Europe/Berlin
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct InitArgs {
    /// The folder; this one where absent
    folder: Option<PathBuf>,
    #[command(flatten)]
    given: Given,
}

/// Asks, and writes.
pub async fn run(args: &InitArgs, globals: &Globals) -> Outcome {
    let answers = args.given.complete(&acting(None)).await?;
    let folder = args.folder.as_deref().unwrap_or(Path::new(""));
    let written = files::write(folder, &files::of(&answers)?)?;
    let workflow = folder.join(format!("{}.yaml", answers.name));
    let file = shell_word(&workflow.display().to_string());
    let next = ["check", "rehearse"]
        .map(|verb| format!("windlass {verb} {file} --env {}", answers.environment));
    if globals.json {
        let written: Vec<String> = written.iter().map(|path| path.display().to_string()).collect();
        talk::json(&json!({ "written": written, "next": next }));
        return Ok(ExitCode::Succeeded);
    }
    for path in &written {
        talk::say(&format!("wrote {}", path.display()));
    }
    talk::say("Next:");
    for command in &next {
        talk::say(&format!("  {command}"));
    }
    Ok(ExitCode::Succeeded)
}

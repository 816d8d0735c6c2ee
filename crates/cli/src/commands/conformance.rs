//! `windlass actions test`: what a plug-in keeps of what a run may rely on.

use super::globals::Globals;
use crate::command_error::{CommandError, Outcome};
use crate::compose::clocks::SystemClock;
use crate::compose::program::new_id;
use crate::exit_code::ExitCode;
use crate::talk;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use windlass_executors::plugin::conformance::{Fared, Tried, conform};
use windlass_executors::plugin::program::{Program, can_be_run};
use windlass_model::RunId;
use windlass_model::catalog::PLUGIN_PREFIX;

/// Tries a plug-in: whether a run that uses it may be crashed anywhere, tried again and undone
///
/// Each property is tried in a world of its own, which the plug-in makes in a folder that it is
/// given. Exits with 0 where all hold.
///
/// Example:
///
///   windlass actions test workflows/plugins/windlass-action-example.flag
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct ConformanceArgs {
    /// The plug-in's program, `…/windlass-action-NAME`
    path: PathBuf,
}

/// Tries it.
pub async fn run(args: &ConformanceArgs, globals: &Globals) -> Outcome {
    let program = program(&args.path)?;
    let run = RunId(new_id());
    let folder = std::env::temp_dir().join(format!("windlass-trial-{}", run.0.simple()));
    std::fs::create_dir(&folder).map_err(|error| {
        CommandError::failed(format!("failed to make {}: {error}", folder.display()))
    })?;
    let tried = conform(&program, run, Arc::new(SystemClock), &folder).await;
    if let Err(error) = std::fs::remove_dir_all(&folder) {
        talk::say(&format!("warning: {} is left behind: {error}", folder.display()));
    }
    let tried = tried.map_err(CommandError::failed)?;
    let broken = tried.iter().filter(|one| matches!(one.fared, Fared::Broken(_))).count();
    match globals.json {
        true => talk::json(&json!({ "plugin": program.plugin, "ok": broken == 0, "tried": tried })),
        false => show(&tried, broken),
    }
    Ok(if broken == 0 { ExitCode::Succeeded } else { ExitCode::Failed })
}

fn program(path: &Path) -> Outcome<Program> {
    let name = path.display();
    let found = Program::at(path).ok_or_else(|| {
        CommandError::usage(format!("`{name}` is no plug-in"))
            .hint(format!("the name of its file begins with `{PLUGIN_PREFIX}`"))
    })?;
    match can_be_run(&found.path) {
        true => Ok(found),
        false => Err(CommandError::usage(format!("failed to find a program at `{name}`"))
            .hint(format!("chmod +x {name}"))),
    }
}

fn show(tried: &[Tried], broken: usize) {
    let mut kind = None;
    for one in tried {
        if kind != Some(&one.kind) {
            talk::data(one.kind.as_deref().unwrap_or("the plug-in as a whole"));
            kind = Some(&one.kind);
        }
        let (mark, why) = match &one.fared {
            Fared::Holds => ("holds ", String::new()),
            Fared::Broken(why) => ("BROKEN", format!("\n          {why}")),
            Fared::Idle(why) => ("-     ", format!(" ({why})")),
        };
        talk::data(&format!("  {mark}  {}: {}{why}", one.property, one.meaning));
    }
    talk::say(&match broken {
        0 => "\na run that uses it may be crashed anywhere, tried again and undone".to_owned(),
        1 => "\none property is broken; docs/plugins.md says what it asks for".to_owned(),
        many => format!("\n{many} properties are broken; docs/plugins.md says what they ask for"),
    });
}

//! `windlass lock`: who holds an environment's shared lock, and taking it away.

use super::globals::Globals;
use crate::command_error::{CommandError, ErrorKind, Outcome};
use crate::compose::outfit::{Workshop, catalog};
use crate::compose::places::Places;
use crate::compose::program::new_id;
use crate::exit_code::ExitCode;
use crate::simulate::environment;
use crate::talk;
use serde_json::json;
use std::sync::Arc;
use windlass_engine::Outfitter;
use windlass_model::{RunId, WorkflowDef};
use windlass_ports::shared_lock::Holder;
use windlass_ports::{ActionError, SharedLock};

/// Shows who holds an environment's shared lock, or takes it away
///
/// An environment shares its lock where its file has a section `lock`. Without one the lock is this
/// machine's, and `windlass list` shows who has it.
///
/// Examples:
///
///   windlass lock show --env azure
///
///   windlass lock break --env azure --holder run_01935a1c000070008000000000000042
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct LockArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Shows who holds the lock
    ///
    /// Example:
    ///
    ///   windlass lock show --env azure
    #[command(verbatim_doc_comment)]
    Show {
        /// The environment: a name as in `start --env`, or a path
        #[arg(long, value_name = "NAME|PATH")]
        env: String,
    },
    /// Takes the lock away from a run whose machine is gone
    ///
    /// That run stops at its next look, and takes the lock again only when somebody resumes it.
    ///
    /// Example:
    ///
    ///   windlass lock break --env azure --holder run_01935a1c000070008000000000000042
    #[command(verbatim_doc_comment)]
    Break {
        /// The environment: a name as in `start --env`, or a path
        #[arg(long, value_name = "NAME|PATH")]
        env: String,
        /// The run that holds it, as `lock show` names it
        #[arg(long, value_name = "RUN")]
        holder: String,
    },
}

/// Runs the verb.
pub async fn run(args: &LockArgs, globals: &Globals) -> Outcome {
    let (env, named) = match &args.verb {
        Verb::Show { env } => (env, None),
        Verb::Break { env, holder } => (env, Some(holder.trim())),
    };
    let lock = of_environment(env, globals).await?;
    let holder = lock.holder().await.map_err(said)?;
    if let Some(named) = named {
        let holder = held(&*lock, holder.as_ref(), named)?;
        lock.break_open().await.map_err(said)?;
        let label = lock.label();
        match globals.json {
            true => talk::json(&json!({ "lock": label, "broken": holder.words })),
            false => talk::data(&format!(
                "the shared lock {label} is free; it was held by {}",
                holder.words
            )),
        }
        return Ok(ExitCode::Succeeded);
    }
    let label = lock.label();
    match (globals.json, holder) {
        (true, holder) => talk::json(&json!({
            "lock": label,
            "run": holder.as_ref().and_then(|holder| holder.run),
            "held_by": holder.map(|holder| holder.words),
        })),
        (false, Some(holder)) => {
            talk::data(&format!("the shared lock {label} is held by {}", holder.words));
        }
        (false, None) => talk::data(&format!("the shared lock {label} is free")),
    }
    Ok(ExitCode::Succeeded)
}

/// Nobody breaks a lock without having looked whose it is.
fn held<'a>(lock: &dyn SharedLock, holder: Option<&'a Holder>, named: &str) -> Outcome<&'a Holder> {
    let label = lock.label();
    let Some(holder) = holder else {
        return Err(CommandError::failed(format!(
            "the shared lock {label} is free: nobody has it"
        )));
    };
    let name = holder.run.map_or_else(|| "unknown".to_owned(), |run| run.to_string());
    if name == named {
        return Ok(holder);
    }
    let words = &holder.words;
    Err(CommandError::failed(format!("nothing was broken: {label} is held by {words}"))
        .hint(format!("look on that machine first; then `--holder {name}` takes it away")))
}

async fn of_environment(env: &str, globals: &Globals) -> Outcome<Arc<dyn SharedLock>> {
    let places = Places::find(globals.store.as_deref())?;
    let environment = environment::find(env, &catalog())?;
    let def = WorkflowDef { environment, ..WorkflowDef::default() };
    let outfit = Workshop::new(places).outfit(RunId(new_id()), &def, None).await;
    let outfit =
        outfit.map_err(|why| CommandError::new(ErrorKind::Invalid, anyhow::anyhow!(why)))?;
    outfit.registry.shared_lock().cloned().ok_or_else(|| {
        CommandError::failed(format!("`{env}` shares no lock: it is this machine's only"))
            .hint("a section `lock` in its file names one; docs/azure.md says how")
    })
}

fn said(error: ActionError) -> CommandError {
    CommandError::failed(error.to_string())
}

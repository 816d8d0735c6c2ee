//! `windlass doctor`: what is wrong with this installation, and how to mend it.

use super::globals::Globals;
use crate::command_error::{CommandError, Outcome};
use crate::compose::clocks::SystemClock;
use crate::compose::places::Places;
use crate::compose::program::Program;
use crate::compose::watch;
use crate::doctor::finding::{Finding, Level};
use crate::doctor::{
    environment, histories, key_file, machine, repair, runs, simulators, store, variables,
};
use crate::exit_code::ExitCode;
use crate::talk;
use serde_json::json;
use std::path::PathBuf;
use std::time::Duration;
use windlass_ports::Clock;

/// Time for a holder of the store to answer; one at work answers within milliseconds.
const ANSWER: Duration = Duration::from_secs(10);

/// Says what is wrong with this installation, and how to mend it
///
/// Exits with 0 where nothing is wrong, with 1 otherwise. Changes nothing, but notes which
/// histories it checked.
///
/// Examples:
///
///   windlass doctor
///
///   windlass doctor --histories
///
///   windlass doctor --env azure
///
///   windlass --store /mnt/shared/store doctor --json
///
///   windlass --store /srv/store doctor --repair /srv/store-new
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct DoctorArgs {
    /// Signs in to what the environment speaks to, and reads every resource that it binds
    ///
    /// A name as in `start --env`, or a path. Nothing is changed there.
    #[arg(long, value_name = "NAME|PATH")]
    pub env: Option<String>,

    /// Checks the histories of all ended runs now, whatever was checked before
    #[arg(long)]
    pub histories: bool,

    /// Saves all that is sound of a damaged store to a new one in this folder, and lists the rest
    ///
    /// The folder must not be there; the damaged store stays as it is, and nobody may have it open.
    /// Exits with 0 where everything was saved, with 1 otherwise.
    #[arg(long, value_name = "NEW", conflicts_with_all = ["env", "histories"])]
    pub repair: Option<PathBuf>,
}

/// Looks at everything.
pub async fn run(args: &DoctorArgs, globals: &Globals) -> Outcome {
    let places = Places::find(globals.store.as_deref())?;
    if let Some(new) = &args.repair {
        return Ok(tell(&repair::save(&places.store, new).await?, globals));
    }
    let there = store::is_there(&places.store);
    let mut found = store::look(&places.store);
    let key = key_file::look(&places.config, there);
    let opens = there && key.level != Level::Wrong;
    found.push(key);
    found.push(machine::disk(&places.store));
    found.push(machine::zones());
    found.extend(machine::processes());
    found.push(variables::look());
    found.extend(simulators::look(&places.simulators).await);
    match opens {
        true => found.extend(inside(args, globals).await),
        false => found.push(machine::clock(SystemClock.now(), None)),
    }
    if let Some(env) = &args.env {
        found.extend(environment::look(env, &places).await?);
    }
    Ok(tell(&found, globals))
}

/// Shows the findings; any that is wrong makes the exit code.
fn tell(found: &[Finding], globals: &Globals) -> ExitCode {
    let wrong = found.iter().filter(|one| one.level == Level::Wrong).count();
    if globals.json {
        talk::json(&json!({ "ok": wrong == 0, "findings": found }));
    } else {
        found.iter().for_each(|one| talk::data(&one.lines()));
        let said = match wrong {
            0 => "nothing is wrong".to_owned(),
            1 => "one thing is wrong".to_owned(),
            many => format!("{many} things are wrong"),
        };
        talk::say(&format!("\n{said}"));
    }
    if wrong == 0 { ExitCode::Succeeded } else { ExitCode::Failed }
}

/// What only an open store tells.
async fn inside(args: &DoctorArgs, globals: &Globals) -> Vec<Finding> {
    let look = async {
        let program = globals.open().await?;
        let found = of_runs(&program).await?;
        Ok((program, found))
    };
    match tokio::time::timeout(ANSWER, look).await {
        Ok(Ok((program, mut found))) => {
            found.extend(of_histories(args, &program).await.unwrap_or_else(cannot));
            found
        }
        Ok(Err(error)) => cannot(error),
        Err(_) => {
            let says =
                format!("whoever has it open does not serve it within {} s", ANSWER.as_secs());
            vec![Finding::wrong("store", says, "end the process that is named above")]
        }
    }
}

/// What could not be looked at is wrong itself.
fn cannot(error: CommandError) -> Vec<Finding> {
    let wrong = Finding::wrong("store", format!("{:#}", error.error), "");
    vec![Finding { mend: error.hints, ..wrong }]
}

/// Reading all of them may take its time.
async fn of_histories(args: &DoctorArgs, program: &Program) -> Outcome<Vec<Finding>> {
    let folder = &program.places.store;
    let noted = match args.histories {
        true => Some(watch::check_all(&program.store, folder, &SystemClock).await?),
        false => watch::noted(folder),
    };
    histories::look(program, noted).await
}

async fn of_runs(program: &Program) -> Outcome<Vec<Finding>> {
    let newest = runs::newest(program).await?;
    let mut found = vec![machine::clock(SystemClock.now(), newest)];
    if let Err(error) = program.ready() {
        let wrong = Finding::wrong("key", format!("{:#}", error.error), "");
        found.push(Finding { mend: error.hints, ..wrong });
    }
    found.extend(runs::left(program).await?);
    Ok(found)
}

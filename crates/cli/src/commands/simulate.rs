//! `windlass simulate`: drives the built-in simulator of an environment, a cloud that goes on while
//! nobody looks.

use super::globals::Globals;
use crate::command_error::{CommandError, Outcome};
use crate::compose::clocks::SystemClock;
use crate::compose::control::Control;
use crate::compose::outfit::catalog;
use crate::compose::places::Places;
use crate::compose::simulator;
use crate::exit_code::ExitCode;
use crate::simulate::{changes, environment, faults, kept};
use crate::talk;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use windlass_azure_sim::LedgerEntry;
use windlass_model::Millis;
use windlass_model::time::parse_span;
use windlass_ports::Clock;

/// How long a simulator may take to end: it writes its world once more.
const END_MS: Millis = 30_000;

/// How often one looks whether it has.
const LOOK_MS: Millis = 20;

/// Drives the built-in simulator of an environment
///
/// Examples:
///
///   windlass simulate start --env rehearsal
///
///   windlass simulate ledger --env rehearsal --json
///
///   windlass simulate fault lost_reply --match "PUT /databases/"
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct SimulateArgs {
    #[command(subcommand)]
    what: What,
    /// The environment: a name, or a path
    #[arg(long, value_name = "NAME|PATH", global = true, default_value = "rehearsal")]
    env: String,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Starts it on its old world, or on a new one; it outlives this command
    ///
    /// Example:
    ///
    ///   windlass simulate start --env rehearsal
    #[command(verbatim_doc_comment)]
    Start,
    /// Stops it; its world stays
    ///
    /// Example:
    ///
    ///   windlass simulate stop --env rehearsal
    #[command(verbatim_doc_comment)]
    Stop,
    /// Says where it listens, its process and its clock
    ///
    /// Example:
    ///
    ///   windlass simulate status --json
    #[command(verbatim_doc_comment)]
    Status,
    /// Lets its world begin again: no faults, an empty ledger
    ///
    /// Example:
    ///
    ///   windlass simulate reset --env rehearsal
    #[command(verbatim_doc_comment)]
    Reset,
    /// Prints a line for each change that took place in its world, and nothing else
    ///
    /// Example:
    ///
    ///   windlass simulate ledger --json | tail -3
    #[command(verbatim_doc_comment)]
    Ledger,
    /// Prints the requests it got since it was started
    ///
    /// Example:
    ///
    ///   windlass simulate requests | grep PUT
    #[command(verbatim_doc_comment)]
    Requests,
    /// Arms a fault, lists faults, or disarms them
    ///
    /// Examples:
    ///
    ///   windlass simulate fault --list
    ///
    ///   windlass simulate fault throttle --match "POST /stop" --count 2 --param retry_after=5
    ///
    ///   windlass simulate fault --clear
    #[command(verbatim_doc_comment)]
    Fault(FaultArgs),
    /// Lets somebody else change its world
    ///
    /// Example:
    ///
    ///   windlass simulate change '{"change":"running","site":"qa4","running":false}'
    #[command(verbatim_doc_comment, after_long_help = changes::all())]
    Change {
        /// The change, as JSON
        change: String,
    },
    /// Moves its clock on
    ///
    /// Example:
    ///
    ///   windlass simulate clock --advance 2h
    #[command(verbatim_doc_comment)]
    Clock {
        /// By how much: `90s`, `5m`, `2h`
        #[arg(long, value_name = "SPAN")]
        advance: String,
    },
}

#[derive(Debug, clap::Args)]
struct FaultArgs {
    /// The fault; `--list` shows all
    #[arg(required_unless_present_any = ["list", "clear"])]
    name: Option<String>,
    /// Which requests: a method, a part of a path beginning with `/`, or both: `PUT /databases/`
    #[arg(long = "match", value_name = "REQUESTS")]
    matches: Option<String>,
    /// From which of them on
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    nth: u64,
    /// For how many of them; 0 is all
    #[arg(long, default_value_t = 1)]
    count: u64,
    /// A parameter of the fault, for example `retry_after=5`; can be given many times
    #[arg(long = "param", value_name = "KEY=VALUE")]
    params: Vec<String>,
    /// Shows the faults that there are and those that are armed
    #[arg(long, conflicts_with_all = ["name", "clear"])]
    list: bool,
    /// Disarms all
    #[arg(long, conflicts_with = "name")]
    clear: bool,
}

/// Where the simulator is, and what to say about it.
struct Place<'a> {
    name: String,
    folder: PathBuf,
    env: &'a str,
    json: bool,
}

/// Does what was asked.
pub async fn run(args: &SimulateArgs, globals: &Globals) -> Outcome {
    let name = environment::name(&args.env);
    let folder = Places::find(globals.store.as_deref())?.simulator(&name);
    let place = Place { name, folder, env: &args.env, json: globals.json };
    match &args.what {
        What::Start => start(&place).await,
        What::Stop => stop(&place).await,
        What::Status => status(&place).await,
        What::Reset => reset(&place).await,
        What::Ledger => ledger(&place).await,
        What::Requests => requests(&place).await,
        What::Fault(args) => fault(&place, args).await,
        What::Change { change } => {
            let change = changes::read(change).map_err(CommandError::usage)?;
            let told = place.control().await?.post("/world", &change).await.map_err(refused)?;
            place.done(&told, "somebody else has changed its world")
        }
        What::Clock { advance } => {
            let span = parse_span(advance).ok_or_else(|| {
                CommandError::usage(format!("`{advance}` is no span: write `90s`, `5m`, `2h`"))
            })?;
            let body = json!({ "advance_seconds": span as f64 / 1_000.0 });
            let told = place.control().await?.post("/clock", &body).await.map_err(refused)?;
            place.done(&told, &format!("its clock shows {}", told["now"].as_str().unwrap_or("?")))
        }
    }
}

impl Place<'_> {
    /// The simulator, which must run.
    async fn control(&self) -> Outcome<Control> {
        Control::find(&self.folder).await.ok_or_else(|| {
            CommandError::failed(format!("the simulator of `{}` does not run", self.name))
                .hint(format!("windlass simulate start --env {}", self.env))
        })
    }

    /// Tells that it was done.
    fn done(&self, told: &Value, words: &str) -> Outcome {
        match self.json {
            true => talk::json(told),
            false => talk::say(&format!("the simulator of `{}`: {words}", self.name)),
        }
        Ok(ExitCode::Succeeded)
    }
}

fn refused(why: String) -> CommandError {
    CommandError::failed(why).hint("`windlass simulate status` says whether it is well")
}

async fn start(place: &Place<'_>) -> Outcome {
    let environment = environment::find(place.env, &catalog())?;
    if !environment.simulator {
        let message = format!("the environment `{}` uses no simulator", place.name);
        return Err(CommandError::usage(message).hint("it would say `simulator: auto`"));
    }
    let control = simulator::ensure(&place.folder, &environment).await;
    let control = control.map_err(CommandError::failed)?;
    let status = control.status().await.map_err(refused)?;
    let told = json!({ "environment": place.name, "running": true, "pid": status.pid,
        "address": control.address().to_string(), "now": status.now });
    let words = format!("runs on {}, process {}", control.address(), status.pid);
    place.done(&told, &words)
}

async fn stop(place: &Place<'_>) -> Outcome {
    let told = json!({ "environment": place.name, "running": false });
    let Some(control) = Control::find(&place.folder).await else {
        return place.done(&told, "did not run");
    };
    control.post("/stop", &json!({})).await.map_err(refused)?;
    let deadline = SystemClock.now().after(END_MS);
    while simulator::in_use(&place.folder) {
        let now = SystemClock.now();
        if now >= deadline {
            let message = "the simulator was told to stop and still holds its world";
            return Err(CommandError::failed(message)
                .hint(format!("its log is {}", simulator::log(&place.folder).display())));
        }
        SystemClock.sleep_until(now.after(LOOK_MS)).await;
    }
    place.done(&told, "stopped; its world stays")
}

async fn reset(place: &Place<'_>) -> Outcome {
    match Control::find(&place.folder).await {
        Some(control) => drop(control.post("/reset", &json!({})).await.map_err(refused)?),
        None => kept::forget(&place.folder).map_err(|error| {
            let folder = place.folder.display();
            CommandError::failed(format!("failed to forget the world in {folder}: {error}"))
                .hint("`windlass doctor` looks at this installation")
        })?,
    }
    place.done(&json!({ "reset": true }), "its world begins again")
}

async fn status(place: &Place<'_>) -> Outcome {
    let Some(control) = Control::find(&place.folder).await else {
        place.done(
            &json!({ "environment": place.name, "running": false, "folder": place.folder }),
            &format!("does not run; its world lies in {}", place.folder.display()),
        )?;
        return Ok(ExitCode::Failed);
    };
    let status = control.status().await.map_err(refused)?;
    let mut told = json!({ "environment": place.name, "running": true,
        "address": control.address().to_string(), "folder": place.folder });
    if let (Value::Object(all), Ok(Value::Object(own))) = (&mut told, serde_json::to_value(&status))
    {
        all.extend(own);
    }
    if place.json {
        talk::json(&told);
    } else if let Value::Object(all) = told {
        for (key, value) in all {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            talk::data(&format!("{key:12} {value}"));
        }
    }
    Ok(ExitCode::Succeeded)
}

async fn ledger(place: &Place<'_>) -> Outcome {
    let entries: Vec<LedgerEntry> = match Control::find(&place.folder).await {
        Some(control) => control.get("/ledger").await.map_err(refused)?,
        None => at_rest(&place.folder)?,
    };
    for LedgerEntry { seq, change } in &entries {
        if place.json {
            let entry = LedgerEntry { seq: *seq, change: change.clone() };
            talk::json(&serde_json::to_value(entry).unwrap_or_default());
        } else {
            let by = change.request_id.as_deref().unwrap_or("somebody else");
            let effect = serde_json::to_value(change.effect).unwrap_or_default();
            let effect = effect.as_str().unwrap_or_default();
            talk::data(&format!(
                "{seq:>5}  {:.0}  {effect:26} {:32} {by}",
                change.at, change.target
            ));
        }
    }
    Ok(ExitCode::Succeeded)
}

fn at_rest(folder: &Path) -> Outcome<Vec<LedgerEntry>> {
    let kept = kept::ledger(folder).map_err(|error| {
        CommandError::failed(format!("failed to read the world in {}: {error}", folder.display()))
            .hint("start the simulator: it mends what a crash left half written")
    })?;
    Ok(kept.unwrap_or_default())
}

async fn requests(place: &Place<'_>) -> Outcome {
    let told: Value = place.control().await?.get("/requests").await.map_err(refused)?;
    if place.json {
        talk::json(&told);
    } else {
        let list = told["requests"].as_array().into_iter().flatten();
        list.filter_map(Value::as_str).for_each(talk::data);
    }
    Ok(ExitCode::Succeeded)
}

async fn fault(place: &Place<'_>, args: &FaultArgs) -> Outcome {
    if args.clear {
        place.control().await?.delete("/faults").await.map_err(refused)?;
        return place.done(&json!({ "armed": 0 }), "no fault is armed");
    }
    let Some(name) = &args.name else { return list(place).await };
    let words = faults::Words {
        name,
        matches: args.matches.as_deref(),
        nth: args.nth,
        count: args.count,
        params: &args.params,
    };
    let fault = faults::read(&words).map_err(CommandError::usage)?;
    let body = serde_json::to_value(&fault).map_err(|error| refused(error.to_string()))?;
    let told = place.control().await?.post("/faults", &body).await.map_err(refused)?;
    place.done(&told, &format!("`{name}` is armed"))
}

async fn list(place: &Place<'_>) -> Outcome {
    let armed: Value = match Control::find(&place.folder).await {
        Some(control) => control.get("/faults").await.map_err(refused)?,
        None => json!([]),
    };
    if place.json {
        let known = faults::KNOWN
            .iter()
            .map(|one| json!({ "fault": one.name, "params": one.params, "summary": one.summary }));
        talk::json(&json!({ "known": known.collect::<Vec<_>>(), "armed": armed }));
        return Ok(ExitCode::Succeeded);
    }
    for one in faults::KNOWN {
        talk::data(&format!("{:18} {}", one.name, one.summary));
        for param in one.params.split(' ').filter(|param| !param.is_empty()) {
            talk::data(&format!("{:18}   --param {param}", ""));
        }
    }
    for one in armed.as_array().into_iter().flatten() {
        talk::data(&format!("ARMED {one}"));
    }
    Ok(ExitCode::Succeeded)
}

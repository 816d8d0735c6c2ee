//! The command line as a whole: which verbs there are, and what happens around each: logging, the
//! runtime, panics, the exit code.

use crate::command_error::Outcome;
use crate::commands::globals::Globals;
use crate::commands::{
    actions, answer, cancel, check, completions, doctor, export, graph, history, import,
    import_run, init, key, list, lock, pause, plan, prune, rehearse, report, resume, rollback,
    schema, show, signal, simulate, simulator_serve, start, step, verify,
};
use crate::exit_code::ExitCode;
use crate::talk;
use clap::{CommandFactory, Parser};
use std::time::Duration;
use tracing_subscriber::EnvFilter;

/// Time for the runtime to end what blocks: a store's last write. Nothing acknowledged depends on
/// it.
const SHUTDOWN: Duration = Duration::from_secs(2);

/// What is logged where nobody says.
const LOG_DEFAULT: &str = "warn";

/// The embedded store logs from destructors of its threads, where a line can no longer be written:
/// a process that ends while it does would abort.
const STORE_LOGS: &str = "sled=warn";

/// Durable workflows for releases: started once, finished exactly once, undone when asked.
#[derive(Debug, Parser)]
#[command(name = "windlass", version, propagate_version = true, infer_subcommands = false)]
pub struct CommandLine {
    #[command(subcommand)]
    verb: Verb,

    #[command(flatten)]
    globals: Globals,
}

/// The verbs, in the order in which help shows them.
#[derive(Debug, clap::Subcommand)]
enum Verb {
    Start(Box<start::StartArgs>),
    Resume(resume::ResumeArgs),
    Rollback(rollback::RollbackArgs),
    List(list::ListArgs),
    Lock(lock::LockArgs),
    Show(show::ShowArgs),
    History(history::HistoryArgs),
    Answer(answer::AnswerArgs),
    Signal(signal::SignalArgs),
    Step(step::StepArgs),
    Pause(pause::PauseArgs),
    Cancel(cancel::CancelArgs),
    Check(check::CheckArgs),
    Plan(plan::PlanArgs),
    Rehearse(rehearse::RehearseArgs),
    Graph(graph::GraphArgs),
    Actions(actions::ActionsArgs),
    Schema(schema::SchemaArgs),
    Completions(completions::CompletionsArgs),
    Doctor(doctor::DoctorArgs),
    Report(report::ReportArgs),
    Export(export::ExportArgs),
    Init(init::InitArgs),
    Import(import::ImportArgs),
    ImportRun(import_run::ImportRunArgs),
    Verify(verify::VerifyArgs),
    Key(key::KeyArgs),
    Prune(prune::PruneArgs),
    Simulate(simulate::SimulateArgs),
    #[command(hide = true)]
    SimulatorServe(simulator_serve::SimulatorServeArgs),
}

impl Verb {
    async fn run(&self, globals: &Globals) -> Outcome {
        match self {
            Self::Start(args) => start::run(args, globals).await,
            Self::Resume(args) => resume::run(args, globals).await,
            Self::Rollback(args) => rollback::run(args, globals).await,
            Self::List(args) => list::run(args, globals).await,
            Self::Lock(args) => lock::run(args, globals).await,
            Self::Show(args) => show::run(args, globals).await,
            Self::History(args) => history::run(args, globals).await,
            Self::Answer(args) => answer::run(args, globals).await,
            Self::Signal(args) => signal::run(args, globals).await,
            Self::Step(args) => step::run(args, globals).await,
            Self::Pause(args) => pause::run(args, globals).await,
            Self::Cancel(args) => cancel::run(args, globals).await,
            Self::Check(args) => check::run(args, globals).await,
            Self::Plan(args) => plan::run(args, globals).await,
            Self::Rehearse(args) => rehearse::run(args, globals).await,
            Self::Graph(args) => graph::run(args, globals).await,
            Self::Actions(args) => actions::run(args, globals).await,
            Self::Schema(args) => schema::run(args),
            Self::Completions(args) => completions::run(args, CommandLine::command()),
            Self::Doctor(args) => doctor::run(args, globals).await,
            Self::Report(args) => report::run(args, globals).await,
            Self::Export(args) => export::run(args, globals).await,
            Self::Init(args) => init::run(args, globals).await,
            Self::Import(args) => import::run(args, globals),
            Self::ImportRun(args) => import_run::run(args, globals).await,
            Self::Verify(args) => verify::run(args, globals),
            Self::Key(args) => key::run(args, globals),
            Self::Prune(args) => prune::run(args, globals).await,
            Self::Simulate(args) => simulate::run(args, globals).await,
            Self::SimulatorServe(args) => simulator_serve::run(args).await,
        }
    }
}

/// Reads the command line, runs its verb, and says how it went.
pub fn run() -> ExitCode {
    let line = match CommandLine::try_parse() {
        Ok(line) => line,
        Err(error) => {
            // Help and version are no errors; a closed terminal has nobody to tell.
            drop(error.print());
            return if error.use_stderr() { ExitCode::Usage } else { ExitCode::Succeeded };
        }
    };
    log(line.globals.log.as_deref());
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            talk::say(&format!("error: failed to start: {error}"));
            return ExitCode::Failed;
        }
    };
    let code = match runtime.block_on(line.verb.run(&line.globals)) {
        Ok(code) => code,
        Err(error) => {
            talk::say(&error.to_string());
            error.exit_code()
        }
    };
    runtime.shutdown_timeout(SHUTDOWN);
    code
}

/// Logs go to stderr. Secrets are values that print nothing, so that no filter shows one.
fn log(filter: Option<&str>) {
    let filter = EnvFilter::try_new(filter.unwrap_or(LOG_DEFAULT)).unwrap_or_else(|error| {
        talk::say(&format!("warning: `{}` is no filter of logs: {error}", filter.unwrap_or("")));
        EnvFilter::new(LOG_DEFAULT)
    });
    let filter = match STORE_LOGS.parse() {
        Ok(store) => filter.add_directive(store),
        Err(_) => filter,
    };
    let format = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if format.with_ansi(console::colors_enabled_stderr()).try_init().is_err() {
        talk::say("warning: something logs already");
    }
}

/// Says what a panic means to a human.
pub fn explain_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        usual(panic);
        talk::say(
            "error: this is a bug in windlass. Nothing acknowledged is lost: \
             `windlass list` shows the runs, `windlass resume RUN` goes on",
        );
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every verb below, by its words.
    fn verbs<'a>(
        command: &'a clap::Command,
        words: &str,
        found: &mut Vec<(String, &'a clap::Command)>,
    ) {
        for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
            let words = format!("{words} {}", verb.get_name());
            verbs(verb, &words, found);
            found.push((words, verb));
        }
    }

    #[test]
    fn the_help_of_every_verb_has_an_example() {
        let (command, mut found) = (CommandLine::command(), Vec::new());
        verbs(&command, "windlass", &mut found);
        assert!(found.len() > 25, "{found:?}");
        for (words, verb) in found {
            let help = verb.get_long_about().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("Example") && help.contains("  windlass"), "{words}: {help}");
        }
    }
}

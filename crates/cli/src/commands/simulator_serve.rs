//! `windlass simulator-serve`, hidden: the simulator's own process. Whoever starts it is
//! `compose::simulator`; it lives in a session of its own and outlives its starter.

use crate::command_error::{CommandError, ErrorKind, Outcome};
use crate::exit_code::ExitCode;
use std::path::PathBuf;
use windlass_azure_sim::{Config, serve};

/// Serves a simulated cloud until somebody stops it.
#[derive(Debug, clap::Args)]
pub struct SimulatorServeArgs {
    /// The environment that it is for, for whoever lists processes
    #[arg(long)]
    pub env: String,

    /// Where its world is kept
    #[arg(long)]
    pub state: PathBuf,

    /// Simulated seconds in a real one
    #[arg(long, default_value_t = 1.0)]
    pub time_scale: f64,

    /// What the clock of a new world shows first
    #[arg(long)]
    pub clock_start: Option<jiff::Timestamp>,
}

/// Runs the verb.
pub async fn run(args: &SimulatorServeArgs) -> Outcome {
    // Refused where this process leads a group already: then a shell started it by hand, and its
    // terminal may end it.
    if let Err(error) = rustix::process::setsid() {
        tracing::debug!(%error, "no session of its own");
    }
    let config = Config {
        state_dir: Some(args.state.clone()),
        time_scale: args.time_scale,
        clock_start: args.clock_start,
        ..Config::default()
    };
    let running = serve(config).await.map_err(|e| CommandError::new(ErrorKind::Failed, e))?;
    tracing::info!(environment = args.env, url = running.url(), "the simulator listens");
    running.wait().await;
    Ok(ExitCode::Succeeded)
}

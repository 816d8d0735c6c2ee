//! Starts an environment's simulator where it does not run, in a process of its own that outlives
//! this one. It must not know workflows or runs.

use super::clocks::SystemClock;
use super::control::Control;
use crate::talk;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use windlass_model::{Environment, Millis};
use windlass_ports::Clock;
use windlass_sys::env;

/// The hidden verb that serves.
pub const SERVE_VERB: &str = "simulator-serve";

/// How long a simulator may take to answer: it reads its world from the disk, which on a machine
/// under load takes seconds.
const READY_MS: Millis = 30_000;

/// How often one looks whether it answers.
const LOOK_MS: Millis = 25;

/// Lines of its log that an error shows.
const LOG_LINES: usize = 5;

/// The host name by which environment files call the simulator, wherever it listens.
pub const HOST: &str = "simulator";

/// Where the log of an environment's simulator lies.
pub fn log(folder: &Path) -> PathBuf {
    folder.join("simulator.log")
}

/// The simulator of an environment, started on its old world where it does not run. The error is a
/// sentence that says how to mend it.
pub async fn ensure(folder: &Path, environment: &Environment) -> Result<Control, String> {
    if let Some(control) = Control::find(folder).await {
        let runs = control.status().await?.time_scale;
        if let Some(warning) = other_pace(runs, environment) {
            talk::say(&warning);
        }
        return Ok(control);
    }
    start(folder, environment).await
}

/// What is said where a simulator that runs already has another time than its environment's file
/// says: another file of the same name may have started it.
fn other_pace(runs: f64, environment: &Environment) -> Option<String> {
    let (wanted, name) = (environment.time_scale.unwrap_or(1.0), &environment.name);
    ((runs - wanted).abs() > f64::EPSILON).then(|| {
        format!(
            "warning: the simulator of `{name}` runs {runs} times as fast as real time, and this \
             environment file says {wanted}; `windlass simulate stop --env {name}` ends it, and \
             the next start goes on at {wanted}"
        )
    })
}

async fn start(folder: &Path, environment: &Environment) -> Result<Control, String> {
    let failed = |what: &str, error: io::Error| {
        format!("failed to start the simulator: {what}: {error}; see {}", log(folder).display())
    };
    let mut child = spawn(folder, environment).map_err(|error| failed("its process", error))?;
    let deadline = SystemClock.now().after(READY_MS);
    loop {
        if let Some(control) = Control::find(folder).await {
            talk::say(&format!(
                "the simulator of `{}` runs (process {}, {})",
                environment.name,
                child.id(),
                control.address()
            ));
            return Ok(control);
        }
        let ended = child.try_wait().map_err(|error| failed("its process", error))?;
        let now = SystemClock.now();
        // Another windlass may have started it at the same moment: then this child ends, and the
        // other's answers soon.
        if now >= deadline || (ended.is_some_and(|status| !in_use(folder) || status.success())) {
            return Err(format!(
                "failed to start the simulator of `{}`: it does not answer. Its log ends:\n{}\n\
                 see {}",
                environment.name,
                tail(folder),
                log(folder).display()
            ));
        }
        SystemClock.sleep_until(now.after(LOOK_MS)).await;
    }
}

fn spawn(folder: &Path, environment: &Environment) -> io::Result<std::process::Child> {
    // The store's folder may be made by this: it is nobody else's to read.
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mut options = OpenOptions::new();
    let log = options.create(true).append(true).mode(0o600).open(log(folder))?;
    let mut serve = Command::new(std::env::current_exe()?);
    serve.arg(SERVE_VERB).args(["--env", &environment.name]).arg("--state").arg(folder);
    if let Some(scale) = environment.time_scale {
        serve.args(["--time-scale", &scale.to_string()]);
    }
    if let Some(start) = environment.clock_start {
        serve.args(["--clock-start", &start.to_string()]);
    }
    // It goes on while its starter dies, holds none of its starter's doors open, and knows none of
    // its secrets.
    serve.env_clear().envs(env::inherited());
    serve.current_dir("/").stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    serve.spawn()
}

/// Whether another process holds the world's lock.
pub fn in_use(folder: &Path) -> bool {
    let lock = File::open(folder.join("lock"));
    lock.is_ok_and(|lock| matches!(lock.try_lock(), Err(fs::TryLockError::WouldBlock)))
}

fn tail(folder: &Path) -> String {
    let text = fs::read_to_string(log(folder)).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let last = &lines[lines.len().saturating_sub(LOG_LINES)..];
    last.iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_pace_is_told() {
        let environment = |time_scale| Environment {
            name: "rehearsal".to_owned(),
            time_scale,
            ..Environment::default()
        };
        assert_eq!(other_pace(600.0, &environment(Some(600.0))), None);
        assert_eq!(other_pace(1.0, &environment(None)), None);
        let told = other_pace(600.0, &environment(Some(60.0))).unwrap();
        assert!(told.contains("600 times") && told.contains("file says 60;"), "{told}");
    }
}

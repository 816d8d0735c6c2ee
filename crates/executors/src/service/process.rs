//! A service that is a process: it lives in a session of its own and outlives windlass. A mark in
//! its environment tells which service it is, another one which step started it, so that nothing
//! has to be remembered that a crash could lose.

use super::binding::ServiceBinding;
use crate::change::failing::{permanent, transient};
use crate::redact::Redactor;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::Command;
use windlass_model::RequestId;
use windlass_ports::{Context, Outcome, Secret};
use windlass_sys::tree::Tree;
use windlass_sys::{ProcessError, ProcessId, env};

/// The variable that says which service a process is.
const SERVICE: &str = "WINDLASS_SERVICE";

/// The variable that says which step started it.
const STARTED_BY: &str = "WINDLASS_STARTED_BY";

/// Starts a program in a session of its own, without a process between.
const SETSID: &str = "setsid";

/// Bytes of the end of a log that are looked at for last words.
const LOG_BYTES: u64 = 4_096;

/// Lines of it that are told.
const LOG_LINES: usize = 4;

/// The processes of a service.
pub struct Processes {
    /// The resource's name.
    pub name: String,
    /// How it is run.
    pub binding: ServiceBinding,
    /// Where what it prints goes.
    pub log: PathBuf,
}

/// Who of a service lives.
#[derive(Clone, Debug, Default)]
pub struct Living {
    /// The eldest: the one that was started.
    pub leader: Option<ProcessId>,
    /// Whether any was started by the step that looks.
    pub ours: bool,
    /// Whether any was not.
    pub others: bool,
}

/// A part of the work with processes that takes a while, off the workers.
async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ProcessError> + Send + 'static,
) -> Outcome<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => transient("process", error.to_string()),
        Err(error) => transient("process", format!("failed to look at processes: {error}")),
    }
}

impl Processes {
    fn id(&self) -> String {
        let dir = self.binding.dir.as_deref().unwrap_or(Path::new("/"));
        dir.join(&self.name).display().to_string()
    }

    fn tree(&self) -> Result<Tree, ProcessError> {
        Tree::marked(format!("{SERVICE}={}", self.id()))
    }

    /// Who lives.
    pub async fn living(&self, key: RequestId) -> Outcome<Living> {
        let (all, ours) = (self.tree(), Tree::marked(format!("{STARTED_BY}={key}")));
        apart(move || {
            let all = all?.living()?;
            let ours = ours?.living()?;
            let (ours, others): (Vec<_>, Vec<_>) =
                all.iter().cloned().partition(|process| ours.contains(process));
            let leader = all.into_iter().min_by_key(|process| (process.start(), process.pid()));
            Ok(Living { leader, ours: !ours.is_empty(), others: !others.is_empty() })
        })
        .await
    }

    /// Asks all of it to end.
    pub async fn ask(&self) -> Outcome<usize> {
        let tree = self.tree();
        apart(move || tree?.ask()).await
    }

    /// Kills all of it.
    pub async fn kill(&self) -> Outcome<usize> {
        let tree = self.tree();
        apart(move || tree?.kill()).await
    }

    async fn secrets(&self, ctx: &Context) -> Outcome<Vec<(String, Secret)>> {
        let mut found = Vec::new();
        for (variable, name) in &self.binding.secrets {
            let secret = crate::secret_ref::resolve(name, ctx.secrets.as_ref()).await?;
            found.push((variable.clone(), secret));
        }
        Ok(found)
    }

    /// Starts it. What it prints goes to its log.
    pub async fn start(&self, ctx: &Context, key: RequestId) -> Outcome<()> {
        let Some((program, arguments)) = self.binding.command.split_first() else {
            return permanent("binding", format!("failed to start {}: no command", self.name));
        };
        let dir = self.binding.dir.as_deref().unwrap_or(Path::new("/"));
        let (name, place) = (&self.name, dir.display());
        if !dir.is_dir() {
            return permanent("spawn", format!("failed to start {name}: there is no {place}"));
        }
        let log = match self.open_log() {
            Ok(log) => log,
            Err(error) => {
                let place = self.log.display();
                return permanent("log", format!("failed to open {name}'s log {place}: {error}"));
            }
        };
        let (Ok(out), err) = (log.try_clone(), log) else {
            return transient("log", format!("failed to open {name}'s log twice"));
        };
        let mut command = Command::new(SETSID);
        command.arg(program).args(arguments).current_dir(dir);
        command.env_clear().envs(env::inherited()).envs(&self.binding.env);
        for (variable, secret) in self.secrets(ctx).await? {
            command.env(variable, secret.expose());
        }
        command.env(SERVICE, self.id()).env(STARTED_BY, key.to_string());
        command.stdin(Stdio::null()).stdout(out).stderr(err);
        // The child is let go: whoever lives on when it ends reaps it.
        match command.spawn() {
            Ok(_) => Ok(()),
            Err(error) => permanent(
                "spawn",
                format!("failed to start {name} with `{SETSID} {program}`: {error}"),
            ),
        }
    }

    fn open_log(&self) -> io::Result<File> {
        if let Some(folder) = self.log.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::OpenOptions::new().create(true).append(true).mode(0o600).open(&self.log)
    }

    /// The end of its log on one line, without its secrets.
    pub async fn last_words(&self, ctx: &Context) -> String {
        let Ok(secrets) = self.secrets(ctx).await else { return String::new() };
        let secrets: Vec<Secret> = secrets.into_iter().map(|(_, secret)| secret).collect();
        let Ok(text) = end_of(&self.log) else { return String::new() };
        let redactor = Redactor::new(&secrets);
        let lines: Vec<String> = text
            .lines()
            .map(|line| redactor.line(line.as_bytes()))
            .filter(|line| !line.trim().is_empty())
            .collect();
        let last = lines[lines.len().saturating_sub(LOG_LINES)..].join("; ");
        let place = self.log.display();
        if last.is_empty() {
            format!("; its log {place} is empty")
        } else {
            format!("; the end of its log {place}: {last}")
        }
    }
}

fn end_of(log: &Path) -> io::Result<String> {
    let mut file = File::open(log)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LOG_BYTES)))?;
    let mut end = Vec::new();
    file.take(LOG_BYTES).read_to_end(&mut end)?;
    Ok(String::from_utf8_lossy(&end).into_owned())
}

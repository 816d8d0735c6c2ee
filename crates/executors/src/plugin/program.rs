//! Finds a plug-in's program and calls it: a process group of its own, one line in, lines out, an
//! end in time. It must not know what is said.

use crate::change::key::MARK;
use crate::redact::{Redactor, Tail};
use crate::shell::gate::kill;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use windlass_model::catalog::PLUGIN_PREFIX;
use windlass_sys::tree::Tree;
use windlass_sys::{ProcessId, env};

/// Bytes of one line of an answer: outputs and captured state lie in the history.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// Lines of progress that are listened to; what says more than that says nothing.
const LINES_MAX: usize = 10_000;

/// Bytes of one line of the log.
const LOG_BYTES_MAX: u64 = 65_536;

/// What every plug-in sees of windlass's own environment; the rest can hold secrets.
const INHERITED: [&str; 3] = ["PATH", "HOME", "LANG"];

/// A program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The plug-in's name: `acme.thing`.
    pub plugin: String,
    /// Where it is.
    pub path: PathBuf,
}

/// The folders in which programs are looked for. Relative ones are passed over: what they mean
/// depends on where one stands.
fn folders() -> Vec<PathBuf> {
    let path = env::var("PATH").unwrap_or_default();
    std::env::split_paths(&path).filter(|folder| folder.is_absolute()).collect()
}

/// Whether a file can be run.
pub fn can_be_run(path: &Path) -> bool {
    std::fs::metadata(path)
        .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

impl Program {
    /// The first one of this name on the PATH.
    pub fn find(plugin: &str) -> Option<Self> {
        let name = format!("{PLUGIN_PREFIX}{plugin}");
        let path = folders().into_iter().map(|folder| folder.join(&name));
        let path = path.into_iter().find(|path| can_be_run(path))?;
        Some(Self { plugin: plugin.to_owned(), path })
    }

    /// A program at a path; its name says which plug-in it is.
    pub fn at(path: &Path) -> Option<Self> {
        let plugin = path.file_name()?.to_str()?.strip_prefix(PLUGIN_PREFIX)?;
        let path = std::path::absolute(path).ok()?;
        Some(Self { plugin: plugin.to_owned(), path })
    }

    /// All that are on the PATH, each name once, by name.
    pub fn all() -> Vec<Self> {
        let mut found: Vec<Self> = Vec::new();
        for folder in folders() {
            let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
            let programs = entries.filter_map(|entry| Self::at(&entry.path()));
            for program in programs.filter(|program| can_be_run(&program.path)) {
                if found.iter().all(|known| known.plugin != program.plugin) {
                    found.push(program);
                }
            }
        }
        found.sort_by(|a, b| a.plugin.cmp(&b.plugin));
        found
    }
}

/// How a call is made.
pub struct Start<'a> {
    /// The program.
    pub program: &'a Program,
    /// What marks every process of the call, as no other call is marked.
    pub mark: &'a str,
    /// Variables that it asked to see.
    pub environment: &'a [String],
}

/// What a call said until its process ended.
pub struct Said {
    /// Its lines of standard output.
    pub lines: Vec<String>,
    /// How it ended.
    pub status: ExitStatus,
    /// The end of its log, without secrets.
    pub log: Tail,
}

/// A process that waits for its request. Dropping it ends everything that it started.
pub struct Waiting {
    child: Child,
    input: Option<ChildStdin>,
    tree: Tree,
}

/// Why a call gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The operating system said no.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It says more than fits a history.
    #[error("it says more than {ANSWER_BYTES_MAX} bytes in a line, or {LINES_MAX} lines")]
    TooMuch,
}

impl Waiting {
    /// Starts a program. It does nothing before it has read its request.
    pub fn start(start: &Start<'_>) -> io::Result<Self> {
        let mut command = Command::new(&start.program.path);
        command.env_clear();
        let asked = start.environment.iter().map(String::as_str);
        for name in INHERITED.into_iter().chain(asked) {
            if let Some(value) = env::var(name) {
                command.env(name, value);
            }
        }
        command.env(MARK, start.mark);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.process_group(0).kill_on_drop(true);
        let mut child = command.spawn()?;
        let gone = || io::Error::other("it ended before it began");
        let leader = ProcessId::of(child.id().ok_or_else(gone)?).map_err(io::Error::other)?;
        let tree = Tree { leader, mark: format!("{MARK}={}", start.mark) };
        let input = child.stdin.take();
        Ok(Self { child, input, tree })
    }

    /// The process.
    pub fn process(&self) -> &ProcessId {
        &self.tree.leader
    }

    /// Gives it its request and hears it to its end; what it started and left is ended with it.
    /// `heard` gets each line of the log, without secrets.
    pub async fn ask(
        &mut self,
        request: &[u8],
        redactor: &Redactor,
        heard: &(dyn Fn(&str) + Send + Sync),
    ) -> Result<Said, CallError> {
        let taken = (self.input.take(), self.child.stdout.take(), self.child.stderr.take());
        let (Some(mut input), Some(output), Some(log)) = taken else {
            return Err(io::Error::other("it was asked before").into());
        };
        let tell = async move {
            // One that ends without reading has its own reasons; its end says more.
            let _ = input.write_all(request).await;
            let _ = input.flush().await;
        };
        let (child, tree) = (&mut self.child, &self.tree);
        let end = async {
            let status = child.wait().await;
            // Whoever it left behind holds the pipes open.
            let _ = kill(tree.clone()).await;
            status
        };
        let mut tail = Tail::default();
        let (_, lines, (), status) =
            tokio::join!(tell, lines(output), follow(log, redactor, heard, &mut tail), end);
        Ok(Said { lines: lines?, status: status?, log: tail })
    }

    /// Ends it.
    pub async fn end(&mut self) {
        if let Err(error) = kill(self.tree.clone()).await {
            tracing::error!(%error, "a plug-in's processes could not be ended");
        }
        let _ = self.child.wait().await;
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Err(error) = self.tree.kill() {
            tracing::error!(%error, "a plug-in's processes could not be ended");
        }
    }
}

async fn lines(output: impl AsyncRead + Unpin) -> Result<Vec<String>, CallError> {
    let mut reader = BufReader::new(output);
    let mut lines = Vec::new();
    loop {
        let mut line = Vec::new();
        let bounded = (&mut reader).take(ANSWER_BYTES_MAX as u64 + 1);
        let read = { bounded }.read_until(b'\n', &mut line).await?;
        if read == 0 {
            return Ok(lines);
        }
        if line.len() > ANSWER_BYTES_MAX || lines.len() == LINES_MAX {
            drain(&mut reader).await;
            return Err(CallError::TooMuch);
        }
        let text = String::from_utf8_lossy(&line).trim().to_owned();
        if !text.is_empty() {
            lines.push(text);
        }
    }
}

/// Reads on, so that whoever writes comes to its end.
async fn drain(reader: &mut (impl AsyncRead + Unpin)) {
    let mut sink = tokio::io::sink();
    let _ = tokio::io::copy(reader, &mut sink).await;
}

async fn follow(
    log: impl AsyncRead + Unpin,
    redactor: &Redactor,
    heard: &(dyn Fn(&str) + Send + Sync),
    tail: &mut Tail,
) {
    let mut reader = BufReader::new(log);
    let mut line = Vec::new();
    loop {
        line.clear();
        match { (&mut reader).take(LOG_BYTES_MAX) }.read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {
                let clean = redactor.line(&line);
                heard(&clean);
                tail.push(clean);
            }
        }
    }
}

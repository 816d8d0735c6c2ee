//! Starts a script behind a gate, and knows how to end everything that it started.
//!
//! The leader of a new process group waits for one line on its standard input. Where windlass dies
//! before it wrote
//! that line, the leader reads the end of the pipe and goes away without having run anything. The
//! script's output
//! passes through a relay that goes on draining it when windlass is gone, so that a script is not
//! ended half way by
//! a broken pipe; what it led to stands in its folder.

use super::folder::Folder;
use crate::change::key::MARK;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::process::Stdio;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use windlass_model::RequestId;
use windlass_sys::tree::Tree;
use windlass_sys::{ProcessError, ProcessId, env};

/// `$1` is the attempt's folder, `$2` what marks the end of the output, the rest is the shell with
/// its arguments.
/// `begun` comes before the script and `status` after it, by a rename, so that neither can lie.
/// `begun` is durable before the script is: where a disk lost its power it would else be missing,
/// and the script be run once more.
const GATE: &str = r#"
IFS= read -r WINDLASS_GATE || exit 0
[ "$WINDLASS_GATE" = open ] || exit 0
unset WINDLASS_GATE
exec </dev/null
folder=$1; end=$2; shift 2
dd if=/dev/null of="$folder/begun" conv=fsync 2>/dev/null ||
    { : >"$folder/begun" && sync; } || exit 0
{
    "$@" "$folder/script"
    echo "$?" >"$folder/status.part"
    mv "$folder/status.part" "$folder/status"
    echo "$end"
} 2>&1 | { cat; cat >/dev/null; }
"#;

/// Shells that stop at the first command that fails when told so.
const STRICT_SHELLS: [&str; 5] = ["sh", "bash", "dash", "ksh", "zsh"];

/// A script at its gate, or past it. Dropping it ends everything that it started.
pub struct Gated {
    child: Child,
    gate: Option<ChildStdin>,
    /// The processes.
    pub tree: Tree,
    /// The line that ends the output.
    pub end: String,
}

/// What to start.
pub struct Script<'a> {
    /// Its attempt's folder, already made.
    pub folder: &'a Folder,
    /// The attempt.
    pub request: RequestId,
    /// The shell.
    pub shell: &'a str,
    /// Where.
    pub dir: Option<&'a Path>,
    /// Its own variables.
    pub variables: &'a BTreeMap<String, String>,
}

/// The tree of an attempt whose leader is known.
pub fn tree(leader: ProcessId, request: RequestId) -> Tree {
    Tree { leader, mark: format!("{MARK}={request}") }
}

impl Gated {
    /// Starts it, up to the gate.
    pub fn start(script: &Script<'_>) -> Result<Self, io::Error> {
        let end = format!("windlass-end-{}", script.request);
        let mut command = Command::new("/bin/sh");
        command.args(["-c", GATE, "windlass-gate"]).arg(script.folder.path()).arg(&end);
        command.arg(script.shell);
        let name = Path::new(script.shell).file_name().and_then(|name| name.to_str());
        if name.is_some_and(|name| STRICT_SHELLS.contains(&name)) {
            command.arg("-e");
        }
        command.env_clear();
        command.envs(env::inherited());
        command.envs(script.variables);
        command.env(MARK, script.request.to_string());
        command.env("WINDLASS_OUTPUT", script.folder.outputs());
        if let Some(dir) = script.dir {
            command.current_dir(dir);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        command.process_group(0).kill_on_drop(true);
        let mut child = command.spawn()?;
        let gone = || io::Error::other("the shell ended before it began");
        let pid = child.id().ok_or_else(gone)?;
        let leader = ProcessId::of(pid).map_err(io::Error::other)?;
        let gate = child.stdin.take();
        Ok(Self { child, gate, tree: tree(leader, script.request), end })
    }

    /// Lets the script run. The pipe stays open no longer than that: the gate is passed once.
    pub async fn open(&mut self) -> io::Result<()> {
        match self.gate.take() {
            Some(mut gate) => gate.write_all(b"open\n").await,
            None => Err(io::Error::other("the gate was opened before")),
        }
    }

    /// What it prints.
    pub fn output(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// Ends what is left of it. Returns how many processes that were.
    pub async fn end(&mut self) -> Result<usize, ProcessError> {
        let ended = kill(self.tree.clone()).await;
        // The leader is ours to wait for, so that its number is given back.
        let _ = self.child.wait().await;
        ended
    }
}

impl Drop for Gated {
    fn drop(&mut self) {
        if let Err(error) = self.tree.kill() {
            tracing::error!(%error, "a script's processes could not be ended");
        }
    }
}

/// Ends a tree without holding a worker up.
pub async fn kill(tree: Tree) -> Result<usize, ProcessError> {
    let leader = tree.leader.pid();
    match tokio::task::spawn_blocking(move || tree.kill()).await {
        Ok(ended) => ended,
        Err(error) => Err(ProcessError::NotEnded { pid: leader, source: io::Error::other(error) }),
    }
}

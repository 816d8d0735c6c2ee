//! Runs other programs in the repository's root: streamed to the terminal, or captured. It must
//! not know which chore asks.

use crate::repo;
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Returns the cargo that runs this chore, so that a `+toolchain` choice is kept.
pub fn cargo() -> String {
    option_env!("CARGO").unwrap_or("cargo").to_owned()
}

/// Prepares a program to run in the repository's root.
pub fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(repo::root()).stdin(Stdio::null());
    command
}

/// Runs a program with its output on the terminal and fails when it does.
pub fn stream(program: &str, arguments: &[&str]) -> Result<()> {
    stream_prepared(command(program, arguments))
}

/// Runs a prepared program with its output on the terminal and fails when it does.
pub fn stream_prepared(mut command: Command) -> Result<()> {
    let shown = describe(&command);
    let status = command.status().with_context(|| format!("failed to start `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` ended with {status}; its own messages are above");
    }
    Ok(())
}

/// Runs a prepared program and hands each line of its stdout on as it comes; stderr goes to the
/// terminal. Returns whether it succeeded.
pub fn each_line(mut command: Command, mut on_line: impl FnMut(&str)) -> Result<bool> {
    let shown = describe(&command);
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("failed to start `{shown}`"))?;
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).split(b'\n') {
            let line = line.with_context(|| format!("failed to read what `{shown}` wrote"))?;
            on_line(String::from_utf8_lossy(&line).trim_end());
        }
    }
    let status = child.wait().with_context(|| format!("failed to wait for `{shown}`"))?;
    Ok(status.success())
}

/// Runs a program and returns all that it wrote, whether it succeeded or not.
pub fn capture(program: &str, arguments: &[&str]) -> Result<Output> {
    let mut command = command(program, arguments);
    let shown = describe(&command);
    command.output().with_context(|| format!("failed to start `{shown}`"))
}

/// Runs a program and returns its stdout as text; fails, with its stderr, when it does.
pub fn read(program: &str, arguments: &[&str]) -> Result<String> {
    let output = capture(program, arguments)?;
    if !output.status.success() {
        let shown = describe(&command(program, arguments));
        let stderr = String::from_utf8_lossy(&output.stderr);
        bail!("`{shown}` ended with {}:\n{}", output.status, stderr.trim_end());
    }
    String::from_utf8(output.stdout)
        .with_context(|| format!("failed to read what `{program}` wrote: it is not UTF-8"))
}

/// Returns a command as a person would type it.
pub fn describe(command: &Command) -> String {
    let mut words: Vec<String> = command
        .get_envs()
        .filter_map(|(name, value)| {
            value.map(|value| format!("{}={}", name.display(), value.display()))
        })
        .collect();
    // cargo knows itself by a path of this machine, which says nothing to anybody.
    let program = Path::new(command.get_program());
    words.push(program.file_name().unwrap_or(program.as_os_str()).display().to_string());
    words.extend(command.get_args().map(|argument| argument.display().to_string()));
    words.join(" ")
}
